// Package gomod reads go.mod files. It is the only door to golang.org/x/mod.
//
// Callers may rely on: replacements are never lost; a file that Go itself refuses is an error, unless it only uses a
// directive that is newer than this program.
package gomod

import (
	"errors"
	"fmt"

	"golang.org/x/mod/modfile"
)

// Require is one module that a go.mod requires.
type Require struct {
	Path     string
	Version  string
	Indirect bool
	Line     int
}

// Replace puts another module, or a folder, in the place of a module. Version is empty when it is about all versions;
// NewVersion is empty when NewPath is a folder.
type Replace struct {
	Path       string
	Version    string
	NewPath    string
	NewVersion string
	Line       int
}

// File is what a go.mod says.
type File struct {
	Module   string
	Requires []Require
	Replaces []Replace
}

// ModulePath is the path that a go.mod gives its module; empty when it gives none.
func ModulePath(content []byte) string { return modfile.ModulePath(content) }

// Read reads a go.mod.
func Read(name string, content []byte) (File, error) {
	f, err := modfile.Parse(name, content, nil)
	if err != nil {
		return File{}, explain(err)
	}
	var out File
	if f.Module != nil {
		out.Module = f.Module.Mod.Path
	}
	for _, r := range f.Require {
		out.Requires = append(out.Requires, Require{r.Mod.Path, r.Mod.Version, r.Indirect, r.Syntax.Start.Line})
	}
	for _, r := range f.Replace {
		out.Replaces = append(out.Replaces, Replace{r.Old.Path, r.Old.Version, r.New.Path, r.New.Version, r.Syntax.Start.Line})
	}
	return out, nil
}

// explain gives the first fault by its line.
func explain(err error) error {
	var list modfile.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return fmt.Errorf("line %d: %w", list[0].Pos.Line, list[0].Err)
	}
	return err
}
