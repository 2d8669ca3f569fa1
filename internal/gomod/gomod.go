// Package gomod reads go.mod and go.work files. It is the only door to golang.org/x/mod.
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

// Line is a value that stands on a line; without a value the file does not give it.
type Line struct {
	Value string
	Line  int
}

// File is what a go.mod says.
type File struct {
	Module   string
	Requires []Require
	Replaces []Replace
	// Go is the version of the language, Toolchain the tool chain that is asked for, as written.
	Go, Toolchain Line
}

// Work is what a go.work says. Uses are the folders of its modules.
type Work struct {
	Uses          []Line
	Replaces      []Replace
	Go, Toolchain Line
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
	out.Replaces = replaces(f.Replace)
	out.Go, out.Toolchain = versions(f.Go, f.Toolchain)
	return out, nil
}

// ReadWork reads a go.work.
func ReadWork(name string, content []byte) (Work, error) {
	f, err := modfile.ParseWork(name, content, nil)
	if err != nil {
		return Work{}, explain(err)
	}
	out := Work{Replaces: replaces(f.Replace)}
	for _, u := range f.Use {
		out.Uses = append(out.Uses, Line{u.Path, u.Syntax.Start.Line})
	}
	out.Go, out.Toolchain = versions(f.Go, f.Toolchain)
	return out, nil
}

func replaces(all []*modfile.Replace) (out []Replace) {
	for _, r := range all {
		out = append(out, Replace{r.Old.Path, r.Old.Version, r.New.Path, r.New.Version, r.Syntax.Start.Line})
	}
	return out
}

func versions(g *modfile.Go, t *modfile.Toolchain) (language, chain Line) {
	if g != nil {
		language = Line{g.Version, g.Syntax.Start.Line}
	}
	if t != nil {
		chain = Line{t.Name, t.Syntax.Start.Line}
	}
	return language, chain
}

// explain gives the first fault by its line.
func explain(err error) error {
	var list modfile.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return fmt.Errorf("line %d: %w", list[0].Pos.Line, list[0].Err)
	}
	return err
}
