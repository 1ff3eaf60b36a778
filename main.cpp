#include "nextest.hpp"

int main(int argc, char** argv) { return nextest::main(argc, argv); }
