// The environment of a started program: ours, with some variables set or replaced.
#pragma once

#include <cstring>

#include "core/base/text.hpp"

extern char** environ;

namespace nextest {

class Environment {
 public:
  Environment() {
    for (char** entry = environ; *entry != nullptr; ++entry) inherited_.push_back(*entry);
  }

  // Drops an inherited variable; worth it once for a variable that every program sets anew.
  void unset(std::string_view name) {
    for (std::size_t i = 0; i < inherited_.size(); ++i) {
      if (is_variable(inherited_[i], name)) inherited_.erase(inherited_.begin() + i--);
    }
  }

  // Sets a variable for every program.
  void set(std::string_view name, std::string_view value) {
    unset(name);
    for (std::string& entry : set_) {
      if (is_variable(entry.c_str(), name)) {
        entry.replace(name.size() + 1, std::string::npos, value);
        return;
      }
    }
    set_.push_back(std::string(name).append("=").append(value));
  }

  // The vector for exec, with `more` in place of variables of the same name: NAME=VALUE sets one, NAME alone takes an
  // inherited one away. Valid until either changes.
  Vector<char*> vector(const Vector<std::string>& more) const {
    Vector<char*> all;
    all.reserve(inherited_.size() + set_.size() + more.size() + 1);
    for (char* entry : inherited_) {
      if (!is_in(more, entry)) all.push_back(entry);
    }
    for (const std::string& entry : set_) all.push_back(const_cast<char*>(entry.c_str()));
    for (const std::string& entry : more) {
      if (contains(entry, "=")) all.push_back(const_cast<char*>(entry.c_str()));
    }
    all.push_back(nullptr);
    return all;
  }

 private:
  static bool is_variable(const char* entry, std::string_view name) {
    return std::strncmp(entry, name.data(), name.size()) == 0 && entry[name.size()] == '=';
  }

  static bool is_in(const Vector<std::string>& more, const char* entry) {
    for (const std::string& one : more) {
      if (entry[0] == one[0] && is_variable(entry, std::string_view(one).substr(0, one.find('=')))) return true;
    }
    return false;
  }

  Vector<char*> inherited_;
  Vector<std::string> set_;
};

}  // namespace nextest
