package oracle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBringSaysWhatToRun keeps the promise that no test passes because a document is missing.
func TestBringSaysWhatToRun(t *testing.T) {
	script := func(text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "fetch.sh")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o700); err != nil { //nolint:gosec // it is run
			t.Fatal(err)
		}
		return file
	}
	names := []string{openAPIFile, examplesFile, hooksFile, graphQLFile}
	lock := filepath.Join(t.TempDir(), "lock")
	pins := "# a comment\n"
	fill := ""
	empty, partial, filled, old := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	for _, name := range names {
		pins += "@p/" + name + " 2 sha512-x inside " + name + "\n"
		fill += "touch $d/" + name + "; echo '@p/" + name + "@2 sha512-x' >$d/" + name + ".from\n"
		for file, text := range map[string]string{name: "{}", name + ".from": "@p/" + name + "@1 sha512-x\n"} {
			if err := os.WriteFile(filepath.Join(old, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(lock, []byte(pins), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir, script string
		want              []string
	}{
		{"the script fails", empty, "echo npm is not installed >&2; exit 1",
			[]string{"GitHub's documents are missing; run scripts/fetch-oracles.sh", "npm is not installed"}},
		{"the script brings too little", partial, "touch " + filepath.Join(partial, openAPIFile),
			[]string{openAPIFile + " is not in", "scripts/fetch-oracles.sh"}},
		{"the script brings all", filled, "d=" + filled + "\n" + fill, nil},
		{"all is there", filled, "exit 1", nil},
		{"an older package is there", old, "exit 1", []string{"GitHub's documents are missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := bring(tt.dir, lock, script(tt.script))
			if len(tt.want) == 0 {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q has no %q", err, want)
				}
			}
		})
	}
}

func TestPruneRefusesWhatGitHubDoesNotHave(t *testing.T) {
	whole := []byte(
		`{"openapi":"3.0.3","paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/components/responses/x"}}}}},` +
			`"components":{"responses":{}}}`)
	for _, wanted := range []string{"GET /b", "POST /a", "GET /a"} {
		if _, err := prune(whole, strings.Fields(wanted)); err == nil {
			t.Errorf("%s was pruned", wanted)
		}
	}
}

func TestPruneKeepsWhatIsReached(t *testing.T) {
	whole := []byte(`{"openapi":"3.0.3","paths":{
		"/a":{"parameters":[{"name":"p"}],"get":{"x-github":1,"responses":{"200":{"$ref":"#/components/responses/x"}}},"put":{}},
		"/b":{"get":{"responses":{"200":{"$ref":"#/components/responses/other"}}}}},
		"components":{"responses":{"x":{"description":"d","content":{"application/json":{"example":7,"schema":{"$ref":"#/components/schemas/s"}}}},"other":{}},
		"schemas":{"s":{"description":"d","properties":{"description":{"type":"string","example":"e"},"self":{"$ref":"#/components/schemas/s"}}},"t":{}}}}`)
	got, err := prune(whole, []string{"GET", "/a"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"components":{"responses":{"x":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/s"}}}}},` +
		`"schemas":{"s":{"properties":{"description":{"type":"string"},"self":{"$ref":"#/components/schemas/s"}}}}},` +
		`"info":{"title":"pruned","version":"1"},"openapi":"3.0.3",` +
		`"paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/components/responses/x"}}},"parameters":[{"name":"p"}]}}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRoutes(t *testing.T) {
	wide := map[string]bool{"ref": true, "path": true}
	templates := []template{
		newTemplate("/repos/{owner}/{repo}/commits/{ref}", wide), newTemplate("/repos/{owner}/{repo}/commits/{ref}/check-runs", wide),
		newTemplate("/repos/{owner}/{repo}/contents/{path}", wide), newTemplate("/repos/{owner}/{repo}/issues/{n}", wide),
		newTemplate("/repos/{owner}/{repo}/issues/comments", wide),
	}
	for path, want := range map[string]string{
		"/repos/o/r/commits/a/b":            "/repos/{owner}/{repo}/commits/{ref} ref=a/b",
		"/repos/o/r/commits/a%2Fb":          "/repos/{owner}/{repo}/commits/{ref} ref=a/b",
		"/repos/o/r/commits/a/b/check-runs": "/repos/{owner}/{repo}/commits/{ref}/check-runs ref=a/b",
		"/repos/o/r/contents/x/y/z":         "/repos/{owner}/{repo}/contents/{path} path=x/y/z",
		"/repos/o/r/issues/comments":        "/repos/{owner}/{repo}/issues/comments",
		"/repos/o/r/issues/7":               "/repos/{owner}/{repo}/issues/{n} n=7",
		"/repos/o/r/issues":                 "",
		"/repos/o/r/issues/7/8":             "",
	} {
		var best template
		var params map[string]string
		for _, t := range templates {
			if p, ok := t.match(strings.Split(strings.TrimPrefix(path, "/"), "/")); ok && (best.parts == nil || better(t, best)) {
				best, params = t, p
			}
		}
		got := best.path
		for _, name := range []string{"ref", "path", "n"} {
			if v, ok := params[name]; ok {
				got += " " + name + "=" + v
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
