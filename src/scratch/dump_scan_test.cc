#include "scratch/dump_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>

#include "base/error.h"
#include "sys/file.h"

namespace scratch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DumpScan scan(std::initializer_list<std::string_view> lines) {
  DumpScan result;
  for (const auto line : lines) scan_line(line, result);
  return result;
}

DumpScan scan_text(const std::string& text) {
  const sys::TemporaryDirectory directory;
  const auto path = directory.path() / "dump.sql";
  std::ofstream(path, std::ios::binary) << text;
  return scan_dump(path);
}

TEST(DumpScan, FindsOwners) {
  EXPECT_THAT(scan({"ALTER TABLE public.users OWNER TO app;",
                    "ALTER TYPE public.\"a OWNER TO b\" OWNER TO \"Mixed \"\"Case\";"})
                  .roles,
              ElementsAre("Mixed \"Case", "app"));
}

TEST(DumpScan, FindsGranteesButNotPublic) {
  const auto roles =
      scan({"GRANT SELECT ON TABLE public.users TO reader;", "GRANT ALL ON SCHEMA public TO PUBLIC;",
            "REVOKE ALL ON TABLE public.users FROM writer;", "GRANT SELECT(id) ON TABLE t TO clerk WITH GRANT OPTION;"})
          .roles;
  EXPECT_THAT(roles, ElementsAre("clerk", "reader", "writer"));
}

TEST(DumpScan, FindsRolesOfDefaultPrivilegesPoliciesAndMappings) {
  EXPECT_THAT(scan({"ALTER DEFAULT PRIVILEGES FOR ROLE maker IN SCHEMA s GRANT SELECT ON TABLES  TO taker;",
                    "CREATE POLICY p ON public.t FOR SELECT TO one, \"Two\" USING ((x = 1));",
                    "CREATE USER MAPPING FOR remote SERVER far OPTIONS (\"user\" 'x');",
                    "CREATE SCHEMA s AUTHORIZATION holder;", "SET SESSION AUTHORIZATION 'old';",
                    "SET SESSION AUTHORIZATION DEFAULT;"})
                  .roles,
              ElementsAre("Two", "holder", "maker", "old", "one", "remote", "taker"));
}

TEST(DumpScan, KnowsWhatADumpOfAClusterMakesItself) {
  const auto found = scan(
      {"CREATE ROLE app;", "CREATE DATABASE shop WITH TEMPLATE = template0;", "\\connect template1", "\\connect shop"});
  EXPECT_THAT(found.made_roles, ElementsAre("app"));
  EXPECT_THAT(found.made_databases, ElementsAre("shop"));
  EXPECT_EQ(found.database, "shop");
}

TEST(DumpScan, UnderstandsEveryFormOfConnect) {
  EXPECT_EQ(scan({"\\connect \"my db\""}).database, "my db");
  EXPECT_EQ(scan({"\\connect -reuse-previous=on \"dbname='sh op'\""}).database, "sh op");
}

TEST(DumpScan, ReadsVersionAndCompleteness) {
  const auto whole = scan_text(
      "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.4 (Debian)\nSELECT 1;\n"
      "--\n-- PostgreSQL database dump complete\n--\n");
  EXPECT_TRUE(whole.by_pg_dump);
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.major, 15);
  EXPECT_FALSE(scan_text("-- PostgreSQL database dump\nSELECT 1;\n").complete);
  EXPECT_FALSE(scan_text("SELECT 1;\n").by_pg_dump);
}

TEST(DumpScan, PassesOverRows) {
  const auto found =
      scan_text("COPY public.t (a) FROM stdin;\n\\connect evil\nALTER TABLE x OWNER TO nobody;\n\\.\n\\connect shop\n");
  EXPECT_EQ(found.database, "shop");
  EXPECT_THAT(found.roles, IsEmpty());
}

TEST(DumpScan, SurvivesLinesThatEndTooEarly) {
  for (const auto* line : {"GRANT ", "GRANT x TO", "GRANT x TO ", "ALTER TABLE t OWNER TO ", "CREATE ROLE ",
                           "CREATE ROLE \"", "CREATE ROLE \"a\"\"", "\\connect ", "\\connect dbname=", "GRANT x TO a,",
                           "-- Dumped from database version "}) {
    EXPECT_NO_THROW(scan({line})) << line;
  }
  EXPECT_THAT(scan({"CREATE ROLE \""}).made_roles, IsEmpty());
}

TEST(DumpScan, RefusesWhatIsNoText) {
  EXPECT_THROW(scan_text(std::string("SELECT\0 1;", 10)), base::Error);
}

}  // namespace
}  // namespace scratch
