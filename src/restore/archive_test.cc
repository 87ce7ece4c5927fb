#include "restore/archive.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace restore {
namespace {

TEST(StatementsAboutADatabase, AreTurnedToAnotherName) {
  EXPECT_EQ(about_database("CREATE DATABASE shop WITH TEMPLATE = template0", "shop", "back"),
            "CREATE DATABASE back WITH TEMPLATE = template0");
  EXPECT_EQ(about_database("ALTER DATABASE \"my \"\"shop\"\"\" SET x TO 'DATABASE shop'", "my \"shop\"", "Back"),
            "ALTER DATABASE \"Back\" SET x TO 'DATABASE shop'");
  EXPECT_EQ(about_database("GRANT CONNECT ON DATABASE shop TO shop", "shop", "back"),
            "GRANT CONNECT ON DATABASE back TO shop");
}

TEST(StatementsAboutADatabase, OfAnotherOneAreAnError) {
  EXPECT_THROW(about_database("ALTER DATABASE shop2 OWNER TO x", "shop", "back"), base::Error);
  EXPECT_THROW(about_database("ALTER DATABASE other OWNER TO x", "shop", "back"), base::Error);
}

TEST(StatementsThatMakeADatabase, GoWithoutTheirTablespace) {
  EXPECT_EQ(without_tablespace("CREATE DATABASE shop LOCALE = 'C' TABLESPACE = fast"),
            "CREATE DATABASE shop LOCALE = 'C'");
  EXPECT_EQ(without_tablespace("CREATE DATABASE shop LOCALE = 'C' TABLESPACE = \"My \"\"disk\""),
            "CREATE DATABASE shop LOCALE = 'C'");
  EXPECT_EQ(without_tablespace("CREATE DATABASE \"a TABLESPACE = b\" LOCALE = 'C'"), std::nullopt);
  EXPECT_EQ(without_tablespace("CREATE DATABASE shop LOCALE = 'C'"), std::nullopt);
}

}  // namespace
}  // namespace restore
