// What is known of a run before its first test starts.
#pragma once

#include "core/base/duration.hpp"
#include "core/base/word_list.hpp"

namespace nextest {

// Where its binaries came from, for a rerun. Paths are relative to the workspace root where they lie in it.
struct RunScope {
  WordList paths;
  std::string harness;
  std::string binaries_metadata;    // a file; as the paths, from the workspace root
  bool from_configuration = false;  // its [[binaries]]
};

// Whether a variable of that name is kept from records.
inline bool is_secret_name(std::string_view variable) {
  std::string name(variable);
  for (char& c : name) c = ascii_lower(c);
  return ends_with(name, "_token") || ends_with(name, "_secret") || ends_with(name, "_key") || contains(name, "passw");
}

struct RunInfo {
  std::string run_id;
  std::string parent;   // the id of the run that this one is a rerun of; empty: of none
  Duration started_at;  // wall time
  std::string program;  // name and version
  std::string profile = "default";
  WordList command_line;  // without the program
  std::string workspace_root;
  std::string folder;  // the working directory
  std::string host;
  Vector<std::string> environment;  // NAME=VALUE, those that a reader may want to know
  RunScope scope;
  std::string order;  // as --order takes it, where it was left to chance
};

}  // namespace nextest
