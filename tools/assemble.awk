# Writes nextest.hpp from its parts: every part once, after the parts it includes; plain system includes gathered at the
# top. An indented system include belongs to the #if around it and stays where it is.
#   awk -f tools/assemble.awk cli/main.hpp > nextest.hpp

function read_part(path,    line, included, body, status) {
  if (path in seen) return
  seen[path] = 1
  body = ""
  while ((status = (getline line < path)) > 0) {
    if (line ~ /^#pragma once/) continue
    if (line ~ /^#include "/) {
      included = line
      sub(/^#include "/, "", included)
      sub(/".*$/, "", included)
      read_part(included)
      continue
    }
    if (line ~ /^#include </) {
      system_includes[line] = 1
      continue
    }
    # A blank line after what was taken out would be the second in a row.
    if (line == "" && body ~ /\n\n$/) continue
    body = body line "\n"
  }
  if (status < 0) {
    print "cannot read the part " path > "/dev/stderr"
    failed = 1
    exit 1
  }
  close(path)
  parts = parts "\n// ---- " path " ----\n\n" body
}

BEGIN {
  read_part(ARGV[1])
  if (failed) exit 1
  print "// nextest.hpp: runs every test of test binaries in a process of its own. SPDX-License-Identifier: MIT OR Apache-2.0"
  print "// Assembled from its parts by `make header`; change the parts, not this file."
  print "//"
  print "//   #include \"nextest.hpp\""
  print "//   int main(int argc, char** argv) { return nextest::main(argc, argv); }"
  print "#pragma once\n"
  count = 0
  for (line in system_includes) sorted[++count] = line
  for (i = 2; i <= count; ++i) {
    line = sorted[i]
    for (j = i - 1; j >= 1 && sorted[j] > line; --j) sorted[j + 1] = sorted[j]
    sorted[j + 1] = line
  }
  for (i = 1; i <= count; ++i) print sorted[i]
  printf "%s", parts
  exit 0
}
