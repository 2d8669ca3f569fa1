// Package installed finds programs of this machine, and what a sandbox must show for each of them to run.
//
// Callers may rely on: nothing is run to find out; only what is known to belong to a program is shown with it, because
// folders such as ~/.local hold a person's secrets, too.
package installed

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// sandboxes are the folders that every sandbox makes anew, so what the machine has there cannot be shown.
var sandboxes = []string{"/dev", "/proc", "/run", "/sys", "/tmp", "/tree", sandbox.WorkFolder}

// Place is where a program of the PATH lies, and what a sandbox must show for it to run.
type Place struct {
	Program string            // an absolute path
	Shown   []string          // files and folders outside of /usr
	Path    []string          // folders for the tool's PATH
	Env     map[string]string // variables that it needs
}

// Locate finds a program as a shell would, where a sandbox can show it. It never runs it.
func Locate(name string) (Place, error) {
	p, err := Find(name)
	if err != nil {
		return p, err
	}
	for _, shown := range p.Shown {
		if err := showable(shown); err != nil {
			return Place{}, err
		}
	}
	return p, nil
}

// Find finds a program as a shell would, wherever it lies. It never runs it.
func Find(name string) (Place, error) { return locateThrough(name, 3) }

// locateThrough follows so many interpreters.
func locateThrough(name string, interpreters int) (Place, error) {
	found, err := exec.LookPath(name)
	if err != nil {
		return Place{}, fmt.Errorf("it is not installed here: %w", err)
	}
	if found, err = filepath.Abs(found); err != nil {
		return Place{}, fmt.Errorf("find %q: %w", name, err)
	}
	program, err := filepath.EvalSymlinks(found)
	if err != nil {
		return Place{}, fmt.Errorf("follow the links of %q: %w", found, err)
	}
	p := Place{Program: program, Env: map[string]string{}}
	if within(program, "/usr") {
		if within(found, "/usr") {
			p.Program = found // a program of many names goes by the one that it was called by
		}
	} else {
		p.Shown = belongings(program)
	}
	if root := filepath.Dir(filepath.Dir(program)); isGoRoot(root) {
		p.addGo(os.Getenv)
	}
	p.Path = []string{filepath.Dir(p.Program)}
	if next := interpreter(program); next != "" && interpreters > 0 {
		q, err := locateThrough(next, interpreters-1)
		if err != nil {
			return Place{}, fmt.Errorf("%s needs %q: %w", program, next, err)
		}
		p.Add(q)
	}
	return p, nil
}

// Add makes p what p and q need together.
func (p *Place) Add(q Place) {
	p.Shown = append(p.Shown, q.Shown...)
	p.Path = append(p.Path, q.Path...)
	maps.Copy(p.Env, q.Env)
}

// addGo lets Go work without network, on the modules that this machine has already.
func (p *Place) addGo(getenv func(string) string) {
	p.Env["GOPROXY"], p.Env["GOTOOLCHAIN"], p.Env["GOFLAGS"] = "off", "local", "-buildvcs=false"
	modules := getenv("GOMODCACHE")
	if modules == "" {
		first, _, _ := strings.Cut(getenv("GOPATH"), string(os.PathListSeparator))
		if first == "" {
			first = filepath.Join(getenv("HOME"), "go")
		}
		modules = filepath.Join(first, "pkg", "mod")
	}
	if filepath.IsAbs(modules) && isDir(modules) && showable(modules) == nil {
		p.Env["GOMODCACHE"] = modules
		p.Shown = append(p.Shown, modules)
	}
}

// belongings is what a program outside of /usr consists of: no more than itself where nothing is known of it, because
// folders such as ~/.local hold a person's secrets, too.
func belongings(program string) []string {
	parent := filepath.Dir(filepath.Dir(program))
	if before, _, ok := strings.Cut(program, "/node_modules/"); ok {
		return []string{before + "/node_modules"}
	}
	if isFile(filepath.Join(parent, "pyvenv.cfg")) || isGoRoot(parent) {
		return []string{parent}
	}
	if pythons, _ := filepath.Glob(filepath.Join(parent, "lib", "python3*")); len(pythons) > 0 { // the pattern is ours
		return []string{program, filepath.Join(parent, "lib")}
	}
	return []string{program}
}

// interpreter is the program that the first line of a script names; empty for what is no script.
func interpreter(program string) string {
	f, err := os.Open(program)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 512).ReadSlice('\n')
	rest, ok := strings.CutPrefix(string(line), "#!")
	if err != nil || !ok {
		return ""
	}
	words := strings.Fields(rest)
	if len(words) > 0 && filepath.Base(words[0]) == "env" {
		words = slices.DeleteFunc(words[1:], func(w string) bool {
			return strings.HasPrefix(w, "-") || strings.Contains(w, "=")
		})
	}
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// showable says why a sandbox cannot show a file or folder of this machine.
func showable(name string) error {
	for _, folder := range sandboxes {
		if within(name, folder) {
			return fmt.Errorf("%s cannot be shown to it: every sandbox has a %s of its own, so install it elsewhere", name, folder)
		}
	}
	if os.Geteuid() != 0 {
		return nil
	}
	for at := name; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return fmt.Errorf("look at %s: %w", at, err)
		}
		if info.Mode()&0o001 == 0 && (info.IsDir() || info.Mode()&0o004 == 0) {
			return fmt.Errorf("%s cannot be shown to it: Lintel is root, tools run as another user, and %s is closed to them (%v)",
				name, at, info.Mode())
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func isGoRoot(folder string) bool {
	return isFile(filepath.Join(folder, "VERSION")) && isDir(filepath.Join(folder, "src", "runtime"))
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}
