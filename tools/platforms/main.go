// Platforms type-checks a program as it is built for other systems: "platforms FOLDER windows/amd64 darwin/arm64". It
// finds what the compiler would refuse there, such as a call that a system does not have, in a fiftieth of the
// compiler's time, as it makes no code and leaves out the bodies of functions that are not of the main module.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// listed is what go list says of a package; of each, those that it imports come before it.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	Module          *struct {
		GoVersion string
		Main      bool
	}
}

// loaded finds what a package imports among those that were checked before.
type loaded struct {
	packages map[string]*types.Package
	vendored map[string]string
}

func (l loaded) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if real, ok := l.vendored[path]; ok {
		path = real
	}
	if p := l.packages[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("package %s was not listed before", path)
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: platforms FOLDER SYSTEM/PROCESSOR...")
		os.Exit(2)
	}
	status := 0
	for _, platform := range os.Args[2:] {
		began := time.Now()
		n, wrong, err := check(os.Args[1], platform)
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "platforms: %s: %v\n", platform, err)
			status = 2
		case len(wrong) > 0:
			fmt.Fprintf(os.Stderr, "platforms: %s does not compile:\n  %s\n", platform, strings.Join(wrong, "\n  "))
			status = max(status, 1)
		default:
			fmt.Printf("platforms: %s compiles, %d packages in %.0f s\n", platform, n, time.Since(began).Seconds())
		}
	}
	os.Exit(status)
}

// check type-checks the main package ./cmd/lintel of a folder and all that it needs.
func check(folder, platform string) (n int, wrong []string, err error) {
	system, processor, ok := strings.Cut(platform, "/")
	sizes := types.SizesFor("gc", processor)
	if !ok || sizes == nil {
		return 0, nil, fmt.Errorf("%q is no SYSTEM/PROCESSOR", platform)
	}
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Module", "./cmd/lintel")
	list.Dir, list.Stderr = folder, os.Stderr
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
	out, err := list.StdoutPipe()
	if err != nil {
		return 0, nil, err
	}
	if err := list.Start(); err != nil {
		return 0, nil, err
	}
	done := map[string]*types.Package{}
	for decode := json.NewDecoder(out); decode.More(); {
		var p listed
		if err := decode.Decode(&p); err != nil {
			return 0, nil, fmt.Errorf("read go list: %w", err)
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		set := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return 0, nil, err
			}
			files = append(files, file)
		}
		conf := types.Config{
			Importer: loaded{done, p.ImportMap}, IgnoreFuncBodies: p.Module == nil || !p.Module.Main, Sizes: sizes,
			Error: func(err error) { wrong = append(wrong, err.Error()) },
		}
		if p.Module != nil && p.Module.GoVersion != "" {
			conf.GoVersion = "go" + p.Module.GoVersion
		}
		done[p.ImportPath], _ = conf.Check(p.ImportPath, set, files, nil) // Error got what is wrong
	}
	if err := list.Wait(); err != nil {
		return 0, nil, fmt.Errorf("go list: %w", err)
	}
	return len(done), wrong, nil
}
