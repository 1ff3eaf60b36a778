// Size and speed of our compression beside `gzip -6`, both over the same file in the same run: deflate FILE...
//   g++ -std=c++17 -Os -I. tests/bench/deflate.cpp -o build/bench/deflate
// Speed is processor time; ours of the best of five rounds, gzip's of all it does, start included: take files of 10 MB.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "record/block_gzip.hpp"

namespace {

double processor_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::size_t gzip_size(const std::string& path) {
  FILE* const pipe = popen(("gzip -6 -c '" + path + "'").c_str(), "r");
  std::size_t size = 0;
  char buffer[65536];
  while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) size += got;
  pclose(pipe);
  return size;
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("%-40s %10s %10s %6s %10s %10s %6s\n", "file", "ours", "gzip -6", "ratio", "ours MB/s", "gzip MB/s",
              "ratio");
  for (int i = 1; i < argc; ++i) {
    std::string text;
    if (FILE* const file = fopen(argv[i], "rb")) {
      char buffer[65536];
      while (const std::size_t got = fread(buffer, 1, sizeof buffer, file)) text.append(buffer, got);
      fclose(file);
    }
    if (text.empty()) continue;
    double ours = 1e9, gzip = 1e9;
    std::size_t our_size = 0, their_size = 0;
    for (int round = 0; round < 5; ++round) {
      nextest::Deflate deflate;
      nextest::BlockWriter writer(deflate);
      const double before = processor_seconds(RUSAGE_SELF);
      writer.append(text);
      writer.finish();
      const double took = processor_seconds(RUSAGE_SELF) - before;
      ours = took < ours ? took : ours;
      our_size = writer.ready.size();
      const double children = processor_seconds(RUSAGE_CHILDREN);
      their_size = gzip_size(argv[i]);
      const double their = processor_seconds(RUSAGE_CHILDREN) - children;
      gzip = their < gzip ? their : gzip;
    }
    const double megabytes = static_cast<double>(text.size()) / 1e6;
    std::printf("%-40s %10zu %10zu %6.3f %10.1f %10.1f %6.2f\n", argv[i], our_size, their_size,
                static_cast<double>(our_size) / static_cast<double>(their_size), megabytes / ours, megabytes / gzip,
                gzip / ours);
  }
}
