// SQL in programs: what is found, how it reads, and where it stands, language by language.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "source/extract.h"
#include "sys/file.h"

namespace source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(std::string_view code, Language language) {
  std::vector<std::string> sql;
  for (const Fragment& fragment : extract(code, language).fragments) sql.push_back(fragment.sql);
  return sql;
}

// "LINE:COLUMN" of where `code` has `needle`, as an editor counts, and of where the fragment that holds `needle` says.
std::string counted(std::string_view code, std::string_view needle) {
  const std::size_t at = code.find(needle);
  const std::size_t line = code.rfind('\n', at);
  const std::string_view before = code.substr(line == std::string_view::npos ? 0 : line + 1);
  const std::string_view passed = before.substr(0, before.find(needle));
  const auto column = std::count_if(passed.begin(), passed.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return std::to_string(std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1) + ":" +
         std::to_string(column + 1);
}
std::string placed(std::string_view code, Language language, std::string_view needle) {
  for (const Fragment& fragment : extract(code, language).fragments) {
    const std::size_t at = fragment.sql.find(needle);
    if (at == std::string::npos) continue;
    const Place place = fragment.place(at);
    EXPECT_EQ(code.substr(fragment.file_offset(at), needle.size()), needle);
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  }
  return "nowhere";
}

struct Case {
  Language language;
  const char* code;
  std::vector<std::string> sql;
  const char* needle = "NEEDLE";
};

class Programs : public testing::TestWithParam<Case> {};

TEST_P(Programs, AreReadAsTheyAreMeant) {
  const Case& c = GetParam();
  EXPECT_EQ(found(c.code, c.language), c.sql) << c.code;
  EXPECT_EQ(placed(c.code, c.language, c.needle), counted(c.code, c.needle)) << c.code;
}

INSTANTIATE_TEST_SUITE_P(
    Python, Programs,
    testing::Values(
        Case{Language::python,
             "cur.execute(\"SELECT setval('s', \"\n  \"GREATEST(-MIN(id), NEEDLE)) FROM users\")",
             {"SELECT setval('s', GREATEST(-MIN(id), NEEDLE)) FROM users"}},
        Case{Language::python,
             "x = f\"DELETE FROM {table} WHERE id = {user.id} AND NEEDLE = '{é}'\"",
             {"DELETE FROM hole_1 WHERE id = $2 AND NEEDLE = 'hole_3'"}},
        Case{Language::python,
             "x(\"\"\"\r\n\tDELETE FROM users\r\n\tWHERE NEEDLE = %s AND b = %(name)s\r\n\"\"\", 1)",
             {"\r\n\tDELETE FROM users\r\n\tWHERE NEEDLE = $1 AND b = $2\r\n"}},
        Case{Language::python,
             "x = 'DELETE FROM users\\n WHERE \\'é\\' = NEEDLE'",
             {"DELETE FROM users\n WHERE 'é' = NEEDLE"}},
        Case{Language::python,
             "x = ('DELETE FROM ' + t + ' WHERE NEEDLE = ' + str(i))",
             {"DELETE FROM hole_1 WHERE NEEDLE = $2"}},
        Case{Language::python, "x = 'UPDATE {} SET NEEDLE = {x}'.format(t, x=1)", {"UPDATE hole_1 SET NEEDLE = $2"}},
        Case{Language::python,
             "x = r'''DELETE FROM users WHERE NEEDLE ~ '\\d' '''",
             {"DELETE FROM users WHERE NEEDLE ~ '\\d' "}}));

INSTANTIATE_TEST_SUITE_P(JavaScript, Programs,
                         testing::Values(Case{Language::javascript,
                                              "await db.query(`DELETE FROM ${t}\n  WHERE NEEDLE = ${id}::int`)",
                                              {"DELETE FROM hole_1\n  WHERE NEEDLE = $2::int"}},
                                         Case{Language::javascript,
                                              "q('DELETE FROM users ' +\n  'WHERE NEEDLE = $1 AND \"é\" = ?', [1])",
                                              {"DELETE FROM users WHERE NEEDLE = $1 AND \"é\" = $2"}},
                                         Case{Language::typescript,
                                              "const q: string = `UPDATE users SET NEEDLE = :a WHERE b::text = :b`",
                                              {"UPDATE users SET NEEDLE = $1 WHERE b::text = $2"}},
                                         Case{Language::tsx,
                                              "const A = () => <p>{sql`TRUNCATE TABLE NEEDLE`}</p>",
                                              {"TRUNCATE TABLE NEEDLE"}}));

INSTANTIATE_TEST_SUITE_P(
    Others, Programs,
    testing::Values(
        Case{Language::go,
             "package a\nfunc f() { db.Exec(`DELETE FROM users\n WHERE NEEDLE = $1`, 1) }",
             {"DELETE FROM users\n WHERE NEEDLE = $1"}},
        Case{Language::go,
             "package a\nvar q = fmt.Sprintf(\"DELETE FROM %s \" +\n\t\"WHERE NEEDLE = %d\", t, 1)",
             {"DELETE FROM hole_1 WHERE NEEDLE = $2"}},
        Case{Language::ruby,
             "x = <<~SQL\n  DELETE FROM users\n  WHERE id = #{id} AND NEEDLE = 1\nSQL\n",
             {"\n  DELETE FROM users\n  WHERE id = $1 AND NEEDLE = 1\n"}},
        Case{Language::ruby,
             "execute \"DELETE FROM users \" \\\n  'WHERE NEEDLE = 1'",
             {"DELETE FROM users WHERE NEEDLE = 1"}},
        Case{Language::java,
             "class A { String s = \"\"\"\n    DELETE FROM users\n    WHERE NEEDLE = ?\n    \"\"\"; }",
             {"\n    DELETE FROM users\n    WHERE NEEDLE = $1\n    "}},
        Case{Language::java,
             "class A { String s = \"DELETE FROM users \" +\n  \"WHERE NEEDLE = \" + id; }",
             {"DELETE FROM users WHERE NEEDLE = $1"}},
        Case{Language::kotlin,
             "val s = \"\"\"\n  DELETE FROM $t WHERE NEEDLE = ${a.b}\n\"\"\".trimIndent()",
             {"\n  DELETE FROM hole_1 WHERE NEEDLE = $2\n"}},
        Case{Language::php,
             "<?php $q = \"DELETE FROM users WHERE id = $id AND NEEDLE = {$a->b}\" . ' AND c = 1';",
             {"DELETE FROM users WHERE id = $1 AND NEEDLE = $2 AND c = 1"}},
        Case{Language::php,
             "<?php $q = <<<SQL\n  DELETE FROM users\n  WHERE NEEDLE = $d\n  SQL;",
             {"\n  DELETE FROM users\n  WHERE NEEDLE = $1\n  "}},
        Case{Language::csharp,
             "class A { string s = $\"DELETE FROM users WHERE id = {x} \" + @\"AND \"\"a\"\" = NEEDLE\"; }",
             {"DELETE FROM users WHERE id = $1 AND \"a\" = NEEDLE"}},
        Case{Language::csharp,
             "class A { string s = \"DELETE FROM users WHERE NEEDLE = @id\"; }",
             {"DELETE FROM users WHERE NEEDLE = $1"}},
        Case{Language::rust,
             "fn f() { q(r#\"DELETE FROM \"users\" WHERE NEEDLE = $1\"#); }",
             {"DELETE FROM \"users\" WHERE NEEDLE = $1"}},
        Case{Language::rust,
             "fn f() { let q = format!(\"DELETE FROM {} WHERE NEEDLE = {x}\", t); }",
             {"DELETE FROM hole_1 WHERE NEEDLE = $2"}},
        Case{Language::cpp,
             "auto q = f(\"DELETE FROM users \"\n  R\"(WHERE NEEDLE = )\" + id);",
             {"DELETE FROM users WHERE NEEDLE = $1"}},
        Case{Language::shell,
             "psql -c \"DELETE FROM users WHERE id = $ID AND NEEDLE = 1\"",
             {"DELETE FROM users WHERE id = $1 AND NEEDLE = 1"}},
        Case{Language::shell,
             "psql <<EOF\nDELETE FROM users WHERE id = ${ID};\nDELETE FROM a WHERE NEEDLE = 1;\nEOF\n",
             {"DELETE FROM users WHERE id = $1;\nDELETE FROM a WHERE NEEDLE = 1;\n"}},
        Case{Language::shell, "psql -c 'DELETE FROM users WHERE NEEDLE = 1'", {"DELETE FROM users WHERE NEEDLE = 1"}}));

TEST(Prose, IsSilent) {
  for (const char* text :
       {"Update the user set before", "delete from the list", "Delete from users", "Drop table users",
        "insert into the slot", "truncate underline", "Select all that apply", "update your plan", "Truncate users",
        "create a user", "drop it here", "delete from cart failed: try again", "Insert into your calendar",
        "update available, set aside some time"}) {
    const Extraction result = extract("x = \"" + std::string(text) + "\"", Language::python);
    EXPECT_THAT(result.problems, IsEmpty()) << text;
    EXPECT_THAT(result.fragments, IsEmpty()) << text;
  }
}

TEST(Placeholders, LeaveOperatorsCastsAndSlicesAlone) {
  EXPECT_THAT(found("x = \"DELETE FROM t WHERE a ? 'k' AND b ?| c AND d::int = e[1:n] AND f = ? AND g @> h\"",
                    Language::python),
              ElementsAre("DELETE FROM t WHERE a ? 'k' AND b ?| c AND d::int = e[1:n] AND f = $1 AND g @> h"));
}

TEST(Placeholders, BecomeWhatParses) {
  EXPECT_THAT(found("x = f'DELETE FROM users {where}'", Language::python), ElementsAre("DELETE FROM users "));
  EXPECT_THAT(found("x = f'UPDATE users SET {sets} WHERE id = 1'", Language::python),
              ElementsAre("UPDATE users SET hole_1 = $1 WHERE id = 1"));
  EXPECT_THAT(found("x = f'INSERT INTO users ({cols}) VALUES {rows}'", Language::python),
              ElementsAre("INSERT INTO users (hole_1) VALUES ($2)"));
  EXPECT_THAT(found("x = f'DELETE FROM users_{suffix} WHERE id IN ({ids})'", Language::python),
              ElementsAre("DELETE FROM users_hole_1 WHERE id IN ($2)"));
  EXPECT_THAT(found("x = 'DELETE FROM users WHERE 1=1' + more", Language::python),
              ElementsAre("DELETE FROM users WHERE 1=1"));
  EXPECT_THAT(found("x = sql`INSERT INTO users ${sql(user)} ON CONFLICT (id) DO NOTHING`", Language::javascript),
              ElementsAre("INSERT INTO users SELECT $1 ON CONFLICT (id) DO NOTHING"));
  EXPECT_THAT(found("x = f'DELETE FROM users WHERE id = ${n}'", Language::python),
              ElementsAre("DELETE FROM users WHERE id = $1"));
  EXPECT_THAT(found("x = f'ALTER SEQUENCE s RESTART WITH {top + 1}'", Language::python),
              ElementsAre("ALTER SEQUENCE s RESTART WITH 1"));
  EXPECT_THAT(found("UPDATE t SET a = b[1:n], c = :c", Language::sql), ElementsAre("UPDATE t SET a = b[1:n], c = $1"));
  const Extraction result = extract("x = f'DELETE FROM users {where}'", Language::python);
  ASSERT_EQ(result.fragments.size(), 1U);
  ASSERT_EQ(result.fragments[0].holes.size(), 1U);
  EXPECT_EQ(result.fragments[0].holes[0].kind, Hole::Kind::clause);
  EXPECT_EQ(result.fragments[0].holes[0].source, "{where}");
}

TEST(Programs, WhatIsCertainlySqlAndDoesNotParseIsAProblem) {
  const Extraction result = extract("\n  x = 'DELETE FROM users WHERE WHERE id = 1'", Language::python);
  EXPECT_THAT(result.fragments, IsEmpty());
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].place, (Place{2, 32}));
}

TEST(Assemblies, AreReadWholeWhereverTheirPartsStand) {
  const char* const whole = "DELETE FROM users WHERE id < 0";
  for (const auto& [language, code] : std::vector<std::pair<Language, const char*>>{
           {Language::python, "q = 'DELETE FROM users'\nq += ' WHERE id < 0'"},
           {Language::python, "q = ' '.join(['DELETE FROM users', 'WHERE id < 0'])"},
           {Language::python, "A = 'DELETE FROM users'\ndef f(): run(f'{A} WHERE id < 0')"},
           {Language::python, "run('DELETE FROM %s WHERE id < 0' % 'users')"},
           {Language::javascript, "let p = ['DELETE FROM users']; p.push('WHERE id < 0'); run(p.join(' '));"},
           {Language::typescript, "class A { b = 'DELETE FROM users'; f() { run(`${this.b} WHERE id < 0`); } }"},
           {Language::go, "package a\nfunc f() { q := \"DELETE FROM users\"; q = q + \" WHERE id < 0\" }"},
           {Language::ruby, "q = <<~SQL.strip\nDELETE FROM users\nSQL\nq << ' WHERE id < 0'"},
           {Language::java,
            "class A { void f() { var b = new StringBuilder(\"DELETE FROM\"); b.append(\" users\")"
            ".append(\" WHERE id < 0\"); } }"},
           {Language::kotlin,
            "fun f() { val s = buildString { append(\"DELETE FROM users\")\nappend(\" WHERE id < 0\") } }"},
           {Language::php, "<?php $q = 'DELETE FROM users'; $q .= ' WHERE id < 0';"},
           {Language::csharp,
            "class A { void F() { var q = string.Join(\" \", \"DELETE FROM users\", \"WHERE id < 0\"); } }"},
           {Language::rust,
            "fn f() { let mut q = String::from(\"DELETE FROM users\"); q.push_str(\" WHERE id < 0\"); }"},
           {Language::cpp,
            "void f() { std::ostringstream o; o << \"DELETE FROM users\"; o << \" WHERE id < \" << 0; }"},
           {Language::shell, "q='DELETE FROM users'\nq=\"$q WHERE id < 0\""}}) {
    std::vector<std::string> sql = found(code, language);
    ASSERT_EQ(sql.size(), 1U) << code;
    std::erase_if(sql[0], [](char c) { return c == '\n'; });
    EXPECT_EQ(sql[0], whole) << code;
  }
}

TEST(Assemblies, SayWhereEachOfTheirPartsStands) {
  const std::string code = "q = 'DELETE FROM users'\nif x:\n    q += ' WHERE id < 0'\n";
  const Extraction result = extract(code, Language::python);
  ASSERT_EQ(result.fragments.size(), 1U);
  EXPECT_EQ(result.fragments[0].place(0), (Place{1, 6}));
  EXPECT_EQ(result.fragments[0].place(result.fragments[0].sql.find("id")), (Place{3, 18}));
}

TEST(Assemblies, TakeOneBranchAfterTheOther) {
  EXPECT_THAT(found("if x:\n  q = 'DELETE FROM t'\nelse:\n  q = 'DELETE FROM u'\nq += ' WHERE c'\n", Language::python),
              ElementsAre("DELETE FROM t WHERE c", "DELETE FROM u WHERE c"));
  EXPECT_THAT(found("q = 'DELETE FROM t'\nif x:\n  q += ' WHERE b'\nif y:\n  q += ' WHERE c'\n", Language::python),
              ElementsAre("DELETE FROM t WHERE b", "DELETE FROM t WHERE c", "DELETE FROM t"));
  EXPECT_THAT(found("q = 'DELETE FROM t'\nrun(q)\nq = 'DELETE FROM u'\nrun(q)\n", Language::python),
              ElementsAre("DELETE FROM t", "DELETE FROM u"));
}

TEST(Assemblies, EndSoonHoweverManyPartsAndBranchesThereAre) {
  std::string chain = "q = 'DELETE FROM a'\n";
  std::string doubling = "a0 = 'DELETE FROM a WHERE b'\n";
  std::string branches = chain;
  std::string nested = chain;
  for (int i = 0; i < 20'000; ++i) {
    chain += "q += ' -- more'\n";
    doubling += "a" + std::to_string(i + 1) + " = a" + std::to_string(i) + " + a" + std::to_string(i) + "\n";
    branches += "if x:\n  q = 'DELETE FROM b'\n";
  }
  for (int i = 0; i < 90; ++i) nested += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
  nested += std::string(90, ' ') + "q += ' WHERE c'\n";
  for (const std::string& code : {chain, doubling, branches, nested}) extract(code, Language::python);
  std::string blocks = "let q = 'DELETE FROM a';";
  for (int i = 0; i < 15'000; ++i) blocks += "if(x){q+=' b';";
  extract(blocks, Language::javascript);
}

TEST(Prose, SaidByLoggersAndExceptionsIsSilent) {
  EXPECT_THAT(found("log.info('DELETE FROM users')\nraise ValueError('DELETE FROM users')\n", Language::python),
              IsEmpty());
  EXPECT_THAT(found("log.info('gone: %s', run('DELETE FROM users'))", Language::python),
              ElementsAre("DELETE FROM users"));
}

TEST(Programs, CommentsOfTheStatementComeWithTheFragment) {
  const Extraction result = extract(
      "# other\n\ndef f():\n  # pgrehearse: allow x because y\n  cur.execute(\n    'DELETE FROM users')  # behind\n  # "
      "next\n  g()\n",
      Language::python);
  ASSERT_EQ(result.fragments.size(), 1U);
  std::vector<std::string> comments;
  for (const Comment& comment : result.fragments[0].comments) comments.push_back(comment.text);
  EXPECT_THAT(comments, ElementsAre("# pgrehearse: allow x because y", "# behind"));
  EXPECT_EQ(result.fragments[0].comments[0].place, (Place{4, 3}));
}

TEST(Programs, DeepNestingAndGarbageEndSoon) {
  std::string deep = "x = 'DELETE FROM a'";
  for (int i = 0; i < 50'000; ++i) deep += " + 'b'";
  EXPECT_THAT(extract(deep, Language::python).fragments.size(), testing::Le(1U));
  const std::string open(20'000, '(');
  for (const Language language : {Language::python, Language::javascript, Language::go, Language::ruby, Language::java,
                                  Language::kotlin, Language::php, Language::csharp, Language::rust, Language::cpp,
                                  Language::shell, Language::tsx, Language::typescript}) {
    extract("f(\"DELETE FROM a\");" + open, language);
    extract(std::string("\"DELETE FROM \x01 \\") + '\xff' + "`'\"\"\"", language);
    extract(std::string("\0\0DELETE FROM", 13), language);
    extract("", language);
  }
}

// What the fuzzer found interesting: test/fuzz/source_fuzz.cc.
TEST(Programs, TheFuzzersCorpusIsReadInEveryLanguage) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PGREHEARSE_SOURCE_DIR "/test/fuzz/source")) {
    const std::string bytes = sys::read_file(entry.path()).substr(1);
    for (int language = 0; language < 14; ++language) {
      for (const Fragment& fragment : extract(bytes, static_cast<Language>(language)).fragments) {
        for (const Statement& statement : fragment.statements) {
          EXPECT_LE(fragment.file_offset(statement.begin), bytes.size());
          bodies(fragment, statement);
        }
      }
    }
    ++files;
  }
  EXPECT_GE(files, 13U);
}

// Not a search for bugs, but a guard: every sample cut and spliced, in every language.
TEST(Programs, SurviveBeingCutAndSpliced) {
  std::minstd_rand random(20260511);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  constexpr std::string_view splices[] = {"\"", "'",  "`",  "${", "\\",   "\"\"\"", "<<EOF\n", "\n",  "(",
                                          ")",  "%s", ":a", "?",  "\xff", "{",      "--",      "$a$", "/*"};
  const std::string base =
      "x = f(\"DELETE FROM users WHERE id = {a} \" + `b ${c} d`);\n# DELETE FROM t\n'UPDATE a SET b = :c'\n";
  for (int round = 0; round < 1'500; ++round) {
    std::string code = base;
    for (std::size_t i = below(4) + 1; i > 0; --i) {
      const std::size_t at = below(code.size());
      if (below(3) == 0)
        code.erase(at, below(20) + 1);
      else
        code.insert(at, splices[below(std::size(splices))]);
      if (code.empty()) code = base;
    }
    const auto language = static_cast<Language>(below(14));
    for (const Fragment& fragment : extract(code, language).fragments) {
      for (const Statement& statement : fragment.statements) {
        EXPECT_LE(fragment.file_offset(statement.begin), code.size());
        bodies(fragment, statement);
      }
    }
  }
}

}  // namespace
}  // namespace source
