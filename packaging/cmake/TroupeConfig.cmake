# Troupe for CMake:
#
#   find_package(Troupe REQUIRED)
#   troupe_algorithm(greeting SOURCES greeting.cc main.cc)   # a program with all of Troupe's verbs
#
# Targets: Troupe::troupe (static) and Troupe::troupe_shared.
cmake_minimum_required(VERSION 3.18)

# The same words that a wrong compiler would say later, and less clearly.
if(NOT CMAKE_CXX_COMPILER_ID)
  message(FATAL_ERROR "Troupe is a C++ library: name CXX in project(... LANGUAGES CXX).")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines, so Troupe refuses it. Configure with "
    "clang: cmake -DCMAKE_CXX_COMPILER=clang++-19 ... in a new build folder.")
elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  message(WARNING
    "Troupe has not been tried with ${CMAKE_CXX_COMPILER_ID}, the compiler of this build. It is known "
    "to work with clang 19: cmake -DCMAKE_CXX_COMPILER=clang++-19 ... in a new build folder.")
endif()

get_filename_component(_troupe_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

# Troupe's headers need the system's libraries, and static linking needs all of them. They are asked
# for at once: CMake's own pkg_check_modules() looks for each of a hundred files, which takes longer
# than to build a program.
find_program(TROUPE_PKG_CONFIG NAMES pkg-config pkgconf)
mark_as_advanced(TROUPE_PKG_CONFIG)
if(NOT TROUPE_PKG_CONFIG)
  message(FATAL_ERROR "Troupe needs pkg-config: apt-get install pkg-config")
endif()
foreach(_troupe_words IN ITEMS cflags libs)
  execute_process(
    COMMAND "${TROUPE_PKG_CONFIG}" --${_troupe_words} @REQUIRES@
    OUTPUT_VARIABLE _troupe_${_troupe_words}
    ERROR_VARIABLE _troupe_error
    RESULT_VARIABLE _troupe_result)
  if(NOT _troupe_result EQUAL 0)
    message(FATAL_ERROR
      "Libraries that Troupe needs are missing: apt-get install @PACKAGES@\n${_troupe_error}")
  endif()
  separate_arguments(_troupe_${_troupe_words} UNIX_COMMAND "${_troupe_${_troupe_words}}")
endforeach()
list(FILTER _troupe_cflags EXCLUDE REGEX "^-(std=|W)")
list(REMOVE_DUPLICATES _troupe_libs)

foreach(_troupe_kind IN ITEMS troupe troupe_shared)
  if(TARGET Troupe::${_troupe_kind})
    continue()
  endif()
  if(_troupe_kind STREQUAL "troupe")
    add_library(Troupe::troupe STATIC IMPORTED)
    set(_troupe_file libtroupe.a)
  else()
    add_library(Troupe::troupe_shared SHARED IMPORTED)
    set(_troupe_file libtroupe.so)
  endif()
  set_target_properties(Troupe::${_troupe_kind} PROPERTIES
    IMPORTED_LOCATION "${_troupe_prefix}/lib/${_troupe_file}"
    INTERFACE_INCLUDE_DIRECTORIES "${_troupe_prefix}/include/troupe"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    # No fused multiply-add: a simulation gives the same numbers on every machine.
    INTERFACE_COMPILE_OPTIONS "-ffp-contract=off;${_troupe_cflags}"
    INTERFACE_LINK_LIBRARIES "${_troupe_libs}")
endforeach()

# troupe_algorithm(NAME SOURCES FILE...): a program whose main() calls troupe::run_command_line().
# Assertions stay on, as in Troupe itself, and the build is optimized unless it says otherwise.
function(troupe_algorithm name)
  cmake_parse_arguments(PARSE_ARGV 1 ARGUMENT "" "" "SOURCES")
  if(NOT ARGUMENT_SOURCES)
    message(FATAL_ERROR "troupe_algorithm(${name} ...) names no sources: "
      "write troupe_algorithm(${name} SOURCES ${name}.cc main.cc)")
  elseif(ARGUMENT_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_algorithm(${name} ...) does not know: ${ARGUMENT_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${name} ${ARGUMENT_SOURCES})
  target_link_libraries(${name} PRIVATE Troupe::troupe)
  target_compile_options(${name} PRIVATE -UNDEBUG $<$<NOT:$<BOOL:${CMAKE_BUILD_TYPE}>>:-O1>)
endfunction()
