package toolrun

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
	"github.com/lintel-review/lintel/internal/usage"
)

// sandboxes are the folders that every sandbox makes anew, so what the machine has there cannot be shown.
var sandboxes = []string{"/dev", "/proc", "/run", "/sys", "/tmp", "/tree", sandbox.WorkFolder}

// place is where a program of the person's PATH lies, and what a sandbox must show for it to run.
type place struct {
	program string            // an absolute path
	shown   []string          // files and folders outside of /usr
	path    []string          // folders for the tool's PATH
	env     map[string]string // variables that it needs
}

// locate finds a program as the person's shell would. It never runs it.
func locate(name string) (place, error) {
	return locateThrough(name, 3)
}

// locateThrough follows so many interpreters.
func locateThrough(name string, interpreters int) (place, error) {
	found, err := exec.LookPath(name)
	if err != nil {
		return place{}, fmt.Errorf("it is not installed here: %w", err)
	}
	if found, err = filepath.Abs(found); err != nil {
		return place{}, fmt.Errorf("find %q: %w", name, err)
	}
	program, err := filepath.EvalSymlinks(found)
	if err != nil {
		return place{}, fmt.Errorf("follow the links of %q: %w", found, err)
	}
	p := place{program: program, env: map[string]string{}}
	if within(program, "/usr") {
		if within(found, "/usr") {
			p.program = found // a program of many names goes by the one that it was called by
		}
	} else {
		p.shown = installation(program)
	}
	if root := filepath.Dir(filepath.Dir(program)); isGoRoot(root) {
		p.addGo(os.Getenv)
	}
	p.path = []string{filepath.Dir(p.program)}
	if next := interpreter(program); next != "" && interpreters > 0 {
		q, err := locateThrough(next, interpreters-1)
		if err != nil {
			return place{}, fmt.Errorf("%s needs %q: %w", program, next, err)
		}
		p.add(q)
	}
	for _, shown := range p.shown {
		if err := showable(shown); err != nil {
			return place{}, err
		}
	}
	return p, nil
}

// add makes p what p and q need together.
func (p *place) add(q place) {
	p.shown = append(p.shown, q.shown...)
	p.path = append(p.path, q.path...)
	maps.Copy(p.env, q.env)
}

// addGo lets Go work without network, on the modules that this machine has already.
func (p *place) addGo(getenv func(string) string) {
	p.env["GOPROXY"], p.env["GOTOOLCHAIN"], p.env["GOFLAGS"] = "off", "local", "-buildvcs=false"
	modules := getenv("GOMODCACHE")
	if modules == "" {
		first, _, _ := strings.Cut(getenv("GOPATH"), string(os.PathListSeparator))
		if first == "" {
			first = filepath.Join(getenv("HOME"), "go")
		}
		modules = filepath.Join(first, "pkg", "mod")
	}
	if filepath.IsAbs(modules) && isDir(modules) && showable(modules) == nil {
		p.env["GOMODCACHE"] = modules
		p.shown = append(p.shown, modules)
	}
}

// installation is what a program outside of /usr consists of: no more than itself where nothing is known of it, because
// folders such as ~/.local hold a person's secrets, too.
func installation(program string) []string {
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

// notHere is the error of a tool that cannot run on this machine.
func notHere(tool string, err error) error {
	return &usage.Error{
		What:   fmt.Sprintf("--run-tool: %s cannot run here: %v", tool, err),
		Remedy: "install it where everybody may read it, or run it yourself and hand its report in with --report (docs/checks.md)",
		Err:    err,
	}
}
