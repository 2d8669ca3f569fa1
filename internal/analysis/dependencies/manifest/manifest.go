// Package manifest reads the files in which projects name their dependencies, and the lock files that tools write, as
// sets of packages.
//
// Callers may rely on: equal content gives equal sets, in the order of the file; a file that cannot be read whole is an
// error, never a smaller set; content is bounded by MaxBytes, and a set by maxPackages; nothing that a file names is
// opened or fetched.
package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxBytes is the largest file that is read.
const MaxBytes = 16 << 20

// maxPackages is how many packages one file may name.
const maxPackages = 250_000

// Role says what a file is for.
type Role string

// The roles. A Manifest is written by people and says what they want; a Lock by a tool, and says what they get. Sums
// are checksums alone. Go's go.mod is both.
const (
	Manifest Role = "manifest"
	Lock     Role = "lock"
	Both     Role = "both"
	Sums     Role = "sums"
)

// Format is one kind of file.
type Format struct {
	// Name is what people call the file: "package-lock.json".
	Name string
	// Ecosystem is where its packages come from: "npm", "PyPI", "Go", "crates.io", as OSV spells them.
	Ecosystem string
	Role      Role
	read      func(*set) error
}

// Package is one package that a file names.
type Package struct {
	Name string
	// Version is the one version of a lock file, or of a manifest that allows one alone; else it is empty.
	Version string
	// Requirement is what a manifest asks for, as written.
	Requirement string
	// Direct is true when the project itself asks for it, as far as this file says so.
	Direct bool
	// Scope is "" (needed to run), "dev", "build", "optional" or "peer".
	Scope string
	// Maybe is true when a condition that is not computed says whether it is asked for, so a lock file may lack it.
	Maybe bool
	// Source is "" (a registry), "git", "url", "path" or "workspace".
	Source string
	// Location is the address of the source, without credentials; Host the host of what is downloaded.
	Location string
	Host     string
	// Sums are checksums by what they are of: the name of a file, or the algorithm.
	Sums map[string]string
	// Script is true when the lock file says that the package runs a program when it is installed.
	Script bool
	// Licence is an SPDX expression, as the file states it.
	Licence string
	// Line is where the package stands, from 1; 0 when it is not known.
	Line int
	// Needs are the names of the packages that this one needs.
	Needs []string
	// Replaces are the names of packages that need not be there because this one is.
	Replaces []string
}

// Use is something that a file names and that is no package.
type Use struct {
	// Kind is "Go toolchain" or "Go workspace".
	Kind string
	Name string
	// Version is empty where there is none.
	Version string
	Line    int
}

// Set is what a file holds.
type Set struct {
	Format   Format
	Packages []Package
	// Listed is true when the file says itself which packages the project asks for.
	Listed bool
	// Own is the name of the package that a manifest describes, where a publisher may stand in it.
	Own string
	// Member is true for a manifest that takes something over from a workspace: then the lock file is the workspace's.
	Member bool
	// Uses are what the file names beside packages: the tool chain, and the folders of a workspace.
	Uses []Use
	// Notes are faults that leave doubt, such as a name given twice.
	Notes []string
}

// set is a Set in the making.
type set struct {
	Set
	path    string
	content []byte
	seen    map[string]bool
}

func (s *set) add(p Package) error {
	if len(s.Packages) == maxPackages {
		return fmt.Errorf("it names more than %d packages", maxPackages)
	}
	if p.Name == "" {
		return nil
	}
	s.Packages = append(s.Packages, p)
	return nil
}

// once notes a name that a file gives twice where once is meant.
func (s *set) once(where, name string) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	key := where + "\x00" + name
	if s.seen[key] && len(s.Notes) < 10 {
		s.Notes = append(s.Notes, fmt.Sprintf("it names %q twice", name))
	}
	s.seen[key] = true
}

// Read reads one file.
func Read(f Format, path string, content []byte) (Set, error) {
	if len(content) > MaxBytes {
		return Set{}, fmt.Errorf("it has %d bytes, and %d are read at most", len(content), MaxBytes)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		return Set{}, fmt.Errorf("it is written in UTF-16, and only UTF-8 is read")
	}
	if !utf8.Valid(content) {
		return Set{}, fmt.Errorf("it is not UTF-8")
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return Set{}, fmt.Errorf("it holds a zero byte")
	}
	if line := conflict(content); line > 0 {
		return Set{}, fmt.Errorf("line %d is a mark of a merge conflict", line)
	}
	s := &set{Set: Set{Format: f}, path: path, content: content}
	if err := f.read(s); err != nil {
		return Set{}, err
	}
	// A file may name nothing at all where a name belongs; no rule could speak of that.
	s.Packages = slices.DeleteFunc(s.Packages, func(p Package) bool { return p.Name == "" })
	return s.Set, nil
}

// conflict is the line of the first mark that a merge left.
func conflict(content []byte) int {
	for _, mark := range []string{"<<<<<<< ", ">>>>>>> "} {
		at := bytes.Index(content, []byte(mark))
		if at == 0 || at > 0 && content[at-1] == '\n' {
			return 1 + bytes.Count(content[:at], []byte("\n"))
		}
	}
	return 0
}

// lines gives each line with its number, without its end.
func (s *set) lines(take func(n int, line string) error) error {
	n := 0
	for line := range strings.Lines(string(s.content)) {
		n++
		if err := take(n, strings.TrimRight(line, "\r\n")); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}
