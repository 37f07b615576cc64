package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// mutated returns the files of a package with all of its mutants, by their names, and the mutants that can be compiled.
func mutated(s *source, mutants []mutant) (map[string][]byte, []mutant, error) {
	for {
		files := render(s, mutants)
		number, err := uncompilable(s, files)
		if err != nil {
			return nil, nil, err
		}
		if number == 0 {
			return files, mutants, nil
		}
		var left []mutant
		for _, m := range mutants {
			if m.ID != number {
				left = append(left, m)
			}
		}
		if len(left) == len(mutants) {
			return nil, nil, fmt.Errorf("mutant %d cannot be compiled and is not one of %s", number, s.path)
		}
		mutants = left
	}
}

// runtimeName is the name of the file that is added to a mutated package.
const runtimeName = "mutant_runtime.go"

func render(s *source, mutants []mutant) map[string][]byte {
	files := map[string][]byte{filepath.Join(s.dir, runtimeName): []byte(runtimeSource(s.pkg.Name()))}
	for i, name := range s.names {
		var edits []edit
		for _, m := range mutants {
			if m.File == s.path+"/"+filepath.Base(name) {
				edits = append(edits, m.edits...)
			}
		}
		files[name] = apply(s.texts[i], edits)
	}
	return files
}

var mutantNumber = regexp.MustCompile(`mutant[A-Za-z]+(?:\[[a-zA-Z0-9_.]+\])?\((\d+)`)

// uncompilable returns the number of a mutant with which the package cannot be compiled, or 0.
func uncompilable(s *source, files map[string][]byte) (int, error) {
	var parsed []*ast.File
	for name, text := range files {
		f, err := parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return 0, fmt.Errorf("mutated code: %w", err)
		}
		parsed = append(parsed, f)
	}
	_, err := (&types.Config{Importer: s.deps}).Check(module+"/"+s.path, s.fset, parsed, nil)
	var fault types.Error
	if !errors.As(err, &fault) {
		return 0, err
	}
	at := s.fset.Position(fault.Pos)
	number := 0
	for _, found := range mutantNumber.FindAllSubmatchIndex(files[at.Filename], -1) {
		if found[0] > at.Offset {
			break
		}
		if number, err = strconv.Atoi(string(files[at.Filename][found[2]:found[3]])); err != nil {
			return 0, err
		}
	}
	if number == 0 {
		return 0, fault
	}
	return number, nil
}

// writeOverlay writes the files and the description of them that go build -overlay wants, and returns its name.
func writeOverlay(dir string, files map[string][]byte) (string, error) {
	replace := map[string]string{}
	for name, text := range files {
		to := filepath.Join(dir, "source"+strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(to, text, 0o600); err != nil {
			return "", err
		}
		replace[name] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}
