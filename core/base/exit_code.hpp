// The exit codes of the program: upstream's, so that scripts written for cargo-nextest keep working.
#pragma once

namespace nextest {

enum class ExitCode : int {
  Success = 0,
  ExportIncomplete = 1,
  NoTestsRun = 4,
  RerunTestsOutstanding = 5,
  RecommendedVersionNotMet = 10,
  RequiredVersionNotMet = 92,
  InvalidFilterset = 94,
  ExperimentalFeatureNotEnabled = 95,
  SetupError = 96,
  TestRunFailed = 100,
  TestListFailed = 104,
  SetupScriptFailed = 105,
  ReplayIncomplete = 106,
  WriteOutputFailed = 110,
};

}  // namespace nextest
