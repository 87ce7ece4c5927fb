// A plan with something in every member, for the tests of this module.
#pragma once

#include "rehearse/plan.h"

namespace rehearse {

inline Plan sample_plan() {
  Plan plan{.program = "pgrehearse 0.1.0",
            .created = base::parse_rfc3339("2026-05-11T03:00:07.120Z"),
            .source = "app@db:5432/shop",
            .database = "shop",
            .role = "app",
            .system_identifier = "7711476172983625659",
            .server_major = 15,
            .image = "shop-b36db7",
            .image_taken = base::parse_rfc3339("2026-05-11T02:59:00.000Z"),
            .image_reused = true,
            .contract_file = "pgrehearse.toml",
            .contract_hash = std::string(64, 'a')};
  plan.scripts = {{.name = "cleanup.sql", .command = false, .bytes = 71, .sha256 = std::string(64, 'b')}};
  TableEffect users{.table = "public.users",
                    .root = "public.users",
                    .via = Via::statement,
                    .counts = {.deleted = 11},
                    .populations = {{"oauth", true, {.deleted = 10}}, {"test", false, {.deleted = 1}}},
                    .samples = {.deleted = {"-91111101", "-91111102"}}};
  TableEffect messages{.table = "public.messages_1",
                       .root = "public.messages",
                       .via = Via::cascade,
                       .counts = {.deleted = 80},
                       .truncated = true};
  plan.effects = {users, messages};
  UpsertEffect upsert{.table = "public.users",
                      .rows = 1,
                      .columns = {"plan"},
                      .populations = {{"oauth", true, {.updated = 1}}},
                      .ids = {"-91111105"}};
  plan.statements = {{.number = 1,
                      .file = "cleanup.sql",
                      .line = 2,
                      .words = "DELETE FROM users",
                      .effects = {users, messages},
                      .upserts = {upsert}}};
  plan.statements_run = 2;
  plan.failure = Failure{.statement = 2,
                         .file = "cleanup.sql",
                         .line = 3,
                         .sqlstate = "42P01",
                         .message = "relation \"no\" does not exist",
                         .left = "what 1 statement before it did would have been left"};
  plan.sequences = {
      {.name = "public.web_user_id_seq", .before = {}, .after = 91111112, .next = 91111113, .rows = 10, .set = true},
      {.name = "public.messages_id_seq", .before = 80, .after = 82, .next = 83, .rows = 2, .first = 81, .last = 82}};
  plan.run = {.began = 1778468400000000,
              .ended = 1778468407120000,
              .sets_sequences = true,
              .session_options = "-c search_path=app"};
  plan.definitions = {{"table public.users", std::string(64, 'c')}};
  plan.catalog = {{CatalogChange::Kind::dropped, "table public.chat_sessions"}};
  plan.probes = {{.name = "oauth signup", .landed = {{"public.users", "-91111112", "oauth"}}, .error = ""},
                 {.name = "login", .landed = {}, .error = "permission denied"}};
  plan.findings = {{.rule = "protected-deleted",
                    .statement = 1,
                    .table = "public.users",
                    .rows = 10,
                    .message = "10 oauth rows of public.users are deleted, and oauth is protected",
                    .ids = {"-91111102"}}};
  plan.notes = {"1 large object was written; large objects are not compared"};
  return plan;
}

}  // namespace rehearse
