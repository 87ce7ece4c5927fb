// Findings for the programs that show them beside a change: SARIF 2.1.0 (OASIS standard, errata 01), GitHub's workflow
// commands, and JUnit's XML as Jenkins and GitLab read it.
//
// Strings are UTF-8 and plain: each format's own escaping happens here, and control characters do not survive it.
#pragma once

#include <string>
#include <vector>

namespace report {

enum class Level { note, warning, error };

struct Annotation {
  std::string rule;
  Level level = Level::error;
  std::string message;  // what is so, and what it means; without a full stop
  std::string remedy;
  std::string file;       // as given on the command line or relative to the working directory
  int line = 1;           // both from 1
  int column = 1;         // in code points
  std::string object;     // what it is about where that is no text: "public.users"; empty: the text itself
  std::string statement;  // its first words; may be empty
};

struct AnnotatedRule {
  std::string id;
  std::string summary;  // what it finds, without a full stop
  std::string remedy;
  Level level = Level::error;
};

struct Annotations {
  std::string program;               // "pgrehearse 0.1.0"
  std::string suite;                 // "pgrehearse audit"
  std::vector<AnnotatedRule> rules;  // that SARIF describes; an annotation's rule may be missing here
  std::vector<Annotation> findings;
};

std::string to_sarif(const Annotations& annotations);
std::string to_github(const Annotations& annotations);  // one annotation a line
std::string to_junit(const Annotations& annotations);   // a failed test for each finding but notes, or one that passed

}  // namespace report
