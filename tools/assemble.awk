# Writes nextest.hpp from its parts: every part once, after the parts it includes. System includes are gathered above them; one
# that stands inside an #if stays there. features.hpp comes before all of them: what it defines is meant for the system's headers.
#   awk -f tools/assemble.awk cli/main.hpp > nextest.hpp

function fail(what) {
  print "assemble: " what > "/dev/stderr"
  exit 1
}

# What a line `#include <...>` or `#include "..."` names.
function named_in(line) {
  sub(/^[^<"]*[<"]/, "", line)
  sub(/[>"].*$/, "", line)
  return line
}

function read_part(path,    line, number, depth, body, status) {
  if (path in seen) return
  seen[path] = 1
  number = depth = 0  # depth: how many #if are open
  body = ""
  while ((status = (getline line < path)) > 0) {
    ++number
    if (line ~ /^[ \t]*#[ \t]*if/) ++depth
    if (line ~ /^[ \t]*#[ \t]*endif/) --depth
    if (line ~ /^#pragma once/) continue
    if (line ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
      # Left out with this #if, it would be missing wherever else it is included: it was put here, and is put nowhere twice.
      if (depth > 0) fail(path ":" number ": a part is never included inside an #if; let it carry the #if itself")
      read_part(named_in(line))
      continue
    }
    if (line ~ /^[ \t]*#[ \t]*include[ \t]*</ && depth == 0) {
      system_includes["#include <" named_in(line) ">"] = 1
      continue
    }
    # A blank line after what was taken out would be the second in a row.
    if (line == "" && body ~ /\n\n$/) continue
    body = body line "\n"
  }
  if (status < 0) fail("cannot read the part " path)
  if (depth != 0) fail(path ": as many #if as #endif are needed")
  close(path)
  parts = parts "\n// ---- " path " ----\n\n" body
}

BEGIN {
  print "// nextest.hpp: runs every test of test binaries in a process of its own. SPDX-License-Identifier: MIT OR Apache-2.0"
  print "// Assembled from its parts by `make header`; change the parts, not this file."
  print "//"
  print "//   #include \"nextest.hpp\""
  print "//   int main(int argc, char** argv) { return nextest::main(argc, argv); }"
  print "#pragma once"
  read_part("core/base/features.hpp")
  for (line in system_includes) fail("core/base/features.hpp includes " line ": it comes before all includes")
  print parts
  parts = ""
  read_part(ARGV[1])
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
