#include <gtest/gtest.h>

#include "base/text.h"

namespace base {
namespace {

struct Case {
  const char* text;
  const char* masked;
};

class MaskSecrets : public testing::TestWithParam<Case> {};

TEST_P(MaskSecrets, GivesWhatIsExpected) {
  EXPECT_EQ(mask_secrets(GetParam().text), GetParam().masked);
}

TEST_P(MaskSecrets, ChangesNothingTheSecondTime) {
  EXPECT_EQ(mask_secrets(GetParam().masked), GetParam().masked);
}

INSTANTIATE_TEST_SUITE_P(
    Uris, MaskSecrets,
    testing::Values(Case{"postgres://u:SECRET@h/db", "postgres://u:****@h/db"},
                    Case{"postgresql://u:S%40E%2FC@h:5432,h2:5433/db?sslmode=require",
                         "postgresql://u:****@h:5432,h2:5433/db?sslmode=require"},
                    Case{"postgresql+psycopg2://u:SECRET@h/db", "postgresql+psycopg2://u:****@h/db"},
                    Case{"postgres://:SECRET@h/db", "postgres://:****@h/db"},
                    Case{"postgres://u:SECRET@[::1]:5432/db", "postgres://u:****@[::1]:5432/db"},
                    Case{"postgres://u:SEC@RET@h/db", "postgres://u:****@h/db"},
                    Case{"postgres://u:SEC?RET#X@h/db", "postgres://u:****@h/db"},
                    Case{"postgres://u:SEC'RET\"X@h/db", "postgres://u:****@h/db"},
                    Case{"postgres://u:SEC:RET@h/db", "postgres://u:****@h/db"},
                    Case{"two: postgres://a:ONE@h/x, redis://b:TWO@h/0.",
                         "two: postgres://a:****@h/x, redis://b:****@h/0."},
                    Case{"postgres:///db?password=SECRET&user=u", "postgres:///db?password=****&user=u"},
                    Case{"postgres:///db?user=u&password=SECRET", "postgres:///db?user=u&password=****"},
                    Case{"postgres:///db?p%61ssw%6Frd=SECRET&user=u", "postgres:///db?p%61ssw%6Frd=****&user=u"},
                    Case{"postgres:///db?sslpassword=SEC'RET&x=y", "postgres:///db?sslpassword=****&x=y"},
                    Case{"\"postgres:///db?password=SECRET\" failed", "\"postgres:///db?password=****\" failed"}));

INSTANTIATE_TEST_SUITE_P(BrokenUris, MaskSecrets,
                         testing::Values(Case{"postgres://u:SEC/RET@h/db", "postgres://u:****@h/db"},
                                         Case{"postgres://u:SEC/RET?X@h", "postgres://u:****@h"},
                                         Case{"postgres://u:SEC RET@h/db", "postgres://u:****@h/db"},
                                         Case{"postgres://u:SECRE", "postgres://u:****"},
                                         Case{"postgres://u:123:SECRE T", "postgres://u:**** T"},
                                         Case{"postgres://u:9: SECRET@h/db", "postgres://u:****@h/db"},
                                         Case{"postgres://u:SECRE\nnext line", "postgres://u:****\nnext line"}));

INSTANTIATE_TEST_SUITE_P(
    Conninfo, MaskSecrets,
    testing::Values(Case{"host=h password=SECRET user=u", "host=h password=**** user=u"},
                    Case{"password = SECRET host=h", "password = **** host=h"},
                    Case{"PASSWORD\t=\tSECRET", "PASSWORD\t=\t****"},
                    Case{"password='SE CRET' host=h", "password='****' host=h"},
                    Case{"password='SE\\'CRET X' host=h", "password='****' host=h"},
                    Case{"password='SE''CRET X' host=h", "password='****' host=h"},
                    Case{"password='SE\\\\' host=h", "password='****' host=h"},
                    Case{"password='never closed", "password='****"}, Case{"password='ends in \\", "password='****"},
                    Case{"password=SE\\ CRET host=h", "password=**** host=h"},
                    Case{"password=SEC&RET host=h", "password=**** host=h"},
                    Case{"sslpassword=SECRET sslkey=k", "sslpassword=**** sslkey=k"},
                    Case{"PGPASSWORD=SECRET psql -h h", "PGPASSWORD=**** psql -h h"},
                    Case{"PGPASSWORD=\"SE CRET\" psql", "PGPASSWORD=\"****\" psql"},
                    Case{"psql 'host=h password=SECRET'", "psql 'host=h password=****'"},
                    Case{"--password=SECRET -v", "--password=**** -v"},
                    Case{"oauth_client_secret=SECRET issuer=i", "oauth_client_secret=**** issuer=i"},
                    Case{"password=A password='B' password=C", "password=**** password='****' password=****"}));

INSTANTIATE_TEST_SUITE_P(Sql, MaskSecrets,
                         testing::Values(Case{"ALTER ROLE u PASSWORD 'SE''CRET' LOGIN",
                                              "ALTER ROLE u PASSWORD '****' LOGIN"},
                                         Case{"create user u password\n'SECRET'", "create user u password\n'****'"}));

class LeavesAlone : public testing::TestWithParam<const char*> {};

TEST_P(LeavesAlone, WhatHoldsNoSecret) {
  EXPECT_EQ(mask_secrets(GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Text, LeavesAlone,
                         testing::Values("", "nothing here", "postgres://h/db", "postgres://u@h/db",
                                         "postgres://h:5432/db", "postgres://h:5432", "(see postgres://h:5432)",
                                         "postgres://h:5432/db?application_name=a@b",
                                         "postgres://h1:1,h2:2/db?options=-c%20x@y", "postgres://[::1]:5432/db",
                                         "postgres://[fe80::a]/a@b", "postgres://u:@h/db", "http://localhost:8080/x",
                                         "https://127.0.0.1:9: Failed to connect", "file:///etc/passwd", "://", "a://",
                                         "=", "password", "password=", "password = ", "=password",
                                         "password authentication failed for user \"u\"",
                                         "password_encryption = scram-sha-256", "passfile=/home/u/.pgpass",
                                         "WHERE auth_source = 'test'", "SET x = 'password'", "email me@example.org"));

TEST(MaskSecretsAtLength, IsLinearInLongTexts) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "postgres://u:SECRET@h/db password='x' ";
  EXPECT_EQ(mask_secrets(text).find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace base
