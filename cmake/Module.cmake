# The ladder. module(NAME USES a b LIBRARIES x y) declares src/NAME as one static library, built from every .cc file in it.
#
# A module may use only modules declared before it, and only those it names; each of them brings what it uses in turn.
# Configuring fails on a module that is not declared yet, and the test `layers.NAME` fails on an #include of a module
# that NAME may not see. Files named *_test.cc become the module's own test program.
function(module NAME)
  cmake_parse_arguments(M "" "" "USES;LIBRARIES" ${ARGN})
  get_property(known GLOBAL PROPERTY PGREHEARSE_MODULES)
  set(visible ${NAME})
  foreach(used IN LISTS M_USES)
    if(NOT used IN_LIST known)
      message(FATAL_ERROR "module ${NAME} uses ${used}, which is not declared above it: see the ladder in src/CMakeLists.txt")
    endif()
    get_property(inherited GLOBAL PROPERTY PGREHEARSE_VISIBLE_${used})
    list(APPEND visible ${inherited})
  endforeach()
  list(REMOVE_DUPLICATES visible)
  set_property(GLOBAL APPEND PROPERTY PGREHEARSE_MODULES ${NAME})
  set_property(GLOBAL PROPERTY PGREHEARSE_VISIBLE_${NAME} "${visible}")

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(${NAME} STATIC ${sources})
  target_include_directories(${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${NAME} PUBLIC ${M_USES} ${M_LIBRARIES})

  if(tests)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE ${NAME} GTest::gtest GTest::gtest_main GTest::gmock)
    target_compile_definitions(${NAME}_test PRIVATE PGREHEARSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME unit.${NAME} COMMAND ${NAME}_test)
    set_tests_properties(unit.${NAME} PROPERTIES TIMEOUT 900 COST 20)
  endif()

  list(JOIN visible "|" pattern)
  add_test(NAME layers.${NAME}
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/check_layers.sh ${CMAKE_CURRENT_SOURCE_DIR}/${NAME} "${pattern}")
endfunction()
