//race:unwatched
package pages

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/sandbox/sandboxtest"
)

// steps is the paragraph of a recipe, which stands with the archive that follows it.
func steps(t *testing.T, name string) string {
	t.Helper()
	archive := txtar.Parse([]byte(readRoot(t, "internal/floor/recipes/testdata/"+name+".txtar")))
	_, text, ok := strings.Cut(string(archive.Comment), "\n\n")
	if !ok {
		t.Fatalf("the archive %s does not say what to do", name)
	}
	return strings.TrimSpace(text) + "\n"
}

// escapes are the attacks that every sandbox must withstand, by the promise that each tries to break: the table that the
// suite itself runs.
func escapes(t *testing.T) string {
	t.Helper()
	for file, call := range map[string]string{ // what the columns say
		"bwrap/attack_test.go":          "sandboxtest.Attack(t, ",
		"docker/podman_test.go":         "sandboxtest.Attack(t, ",
		"kubernetes/kubernetes_test.go": "sandboxtest.AttackStreams(t, ",
	} {
		if !strings.Contains(readRoot(t, "internal/sandbox/"+file), call) {
			t.Fatalf("%s does not call %s...", file, call)
		}
	}
	all := "| promise | attack | `bwrap` | `docker` | `kubernetes` |\n|---|---|---|---|---|\n"
	for _, p := range sandboxtest.Promises() {
		if len(p.Attacks) == 0 {
			t.Fatalf("nothing attacks %q", p.Promise)
		}
		promise := p.Promise
		for _, a := range p.Attacks {
			pods := "no"
			switch {
			case a.Streams:
				pods = "played"
			case p.Ordered:
				pods = "ordered"
			}
			all += fmt.Sprintf("| %s | %s | tried | tried | %s |\n", promise, a.Attack, pods)
			promise = ""
		}
	}
	return all
}

// guessed is a guess of the fake GitLab: the rest of its comment's paragraph.
var guessed = regexp.MustCompile(`(?m)^// \[\?\] (.+(?:\n// .+)*)`)

// guesses are what the fake GitLab does although no document of GitLab says so.
func guesses(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../internal/fake/gitlab/*.go")
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for _, file := range files {
		source := readRoot(t, strings.TrimPrefix(filepath.ToSlash(file), "../../"))
		for _, m := range guessed.FindAllStringSubmatch(source, -1) {
			list += "- " + strings.Join(strings.Fields(strings.ReplaceAll(m[1], "\n//", "\n")), " ") + "\n"
		}
	}
	if strings.Count(list, "\n") < 10 {
		t.Fatal("too few guesses were found")
	}
	return list
}
