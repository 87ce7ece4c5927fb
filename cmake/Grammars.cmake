# The grammars of the programming languages that lint looks into, from npm, as one static library `grammars`.
#
# cmake/grammars/package-lock.json pins them by hash. They are fetched when the checkout is configured for the first
# time, without running any package's scripts, into a folder that is named after that file and appears whole; what is
# compiled is the C source that their authors generated.
set(grammars_lock ${PROJECT_SOURCE_DIR}/cmake/grammars/package-lock.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${grammars_lock})
file(SHA256 ${grammars_lock} grammars_hash)
string(SUBSTRING ${grammars_hash} 0 12 grammars_hash)
set(grammars_home ${PROJECT_SOURCE_DIR}/.npm/grammars-${grammars_hash})

if(NOT EXISTS ${grammars_home})
  message(STATUS "Fetching the grammars of the languages that lint reads")
  find_program(NPM npm REQUIRED)
  string(RANDOM LENGTH 8 suffix)
  set(making ${PROJECT_SOURCE_DIR}/.npm/making-grammars.${suffix})
  file(COPY ${PROJECT_SOURCE_DIR}/cmake/grammars/package.json ${grammars_lock} DESTINATION ${making})
  execute_process(
    COMMAND ${NPM} --prefix ${making} ci --ignore-scripts --omit=peer --no-audit --no-fund --no-update-notifier
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    file(REMOVE_RECURSE ${making})
    message(FATAL_ERROR "npm could not fetch the grammars:\n${output}")
  endif()
  # Another build may have been first: its folder is as good as ours.
  file(RENAME ${making} ${grammars_home} RESULT renamed)
  if(NOT renamed EQUAL 0)
    file(REMOVE_RECURSE ${making})
  endif()
endif()

add_library(grammars STATIC)
foreach(grammar @tree-sitter-grammars/tree-sitter-kotlin tree-sitter-bash tree-sitter-c-sharp tree-sitter-cpp
    tree-sitter-go tree-sitter-java tree-sitter-javascript tree-sitter-php/php tree-sitter-python tree-sitter-ruby
    tree-sitter-rust tree-sitter-typescript/tsx tree-sitter-typescript/typescript)
  set(folder ${grammars_home}/node_modules/${grammar}/src)
  set(sources ${folder}/parser.c)
  if(EXISTS ${folder}/scanner.c)
    list(APPEND sources ${folder}/scanner.c)
  endif()
  set_source_files_properties(${sources} PROPERTIES INCLUDE_DIRECTORIES ${folder})
  target_sources(grammars PRIVATE ${sources})
endforeach()
# Generated tables: our warnings do not apply, and more optimisation than this buys no speed.
set_target_properties(grammars PROPERTIES COMPILE_OPTIONS "-w;-O1;-g0" C_COMPILER_LAUNCHER "${CMAKE_CXX_COMPILER_LAUNCHER}")
target_link_libraries(grammars PUBLIC PkgConfig::TREE_SITTER)
