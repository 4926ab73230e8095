# ts_add_test(name SOURCES a.cpp … LINKS lib …): one Catch2 program; each of its test cases is a CTest test of its own.
# A case that ends in TS_SKIP makes the program return 77, which CTest counts as skipped, never as passed.
find_package(Catch2 REQUIRED)
include(Catch)

if(NOT TARGET ts_test_support)
  add_library(ts_test_support STATIC ${CMAKE_CURRENT_LIST_DIR}/main.cpp ${CMAKE_CURRENT_LIST_DIR}/support.cpp)
  target_include_directories(ts_test_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}/../..)
  target_link_libraries(ts_test_support PUBLIC ts_options Catch2::Catch2)
  target_compile_definitions(ts_test_support PUBLIC TAUSCOPE_SOURCE_DIR="${CMAKE_CURRENT_LIST_DIR}/../..")
  # main.cpp asks Catch for its runner before it includes the header, which a precompiled one would not have.
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_precompile_headers(ts_test_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}/catch.h)
endif()

function(ts_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ts_test_support ${ARG_LINKS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  catch_discover_tests(${name} TEST_PREFIX "${name}: " PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 900
                       DISCOVERY_MODE PRE_TEST)
endfunction()
