package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/document"
	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
)

var update = flag.Bool("update", false, "write what the scripts compare with cmp")

func TestMain(m *testing.M) {
	// testscript makes the folders of scripts in GOTMPDIR where that is set. They belong with all other files of tests, in
	// TMPDIR, which "make test" has in memory.
	if err := os.Unsetenv("GOTMPDIR"); err != nil {
		panic(err)
	}
	testscript.Main(sharing{m}, map[string]func(){"sink": sink})
}

// sharing gives the tests a folder for the program that they share, and removes it when all have run.
type sharing struct{ tests *testing.M }

// shared is that folder.
var shared string

func (s sharing) Run() (code int) {
	var err error
	if shared, err = os.MkdirTemp("", "lintel-program"); err != nil {
		panic(err)
	}
	defer func() {
		if err := os.RemoveAll(shared); err != nil {
			panic(err)
		}
	}()
	return s.tests.Run()
}

// link makes the program as users have it, once for all tests, and returns what the linker lists of what reaches what. This
// test's own binary would do, too, but the race detector makes each of hundreds of starts several times slower, and finds
// nothing there that the packages' own tests do not.
var link = sync.OnceValues(func() (uses []byte, err error) {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -dumpdep", "-o", shared, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("build lintel: %w\n%s", err, out[:min(len(out), 4000)])
	}
	return out, nil
})

// build is the folder of the program.
func build(t *testing.T) (folder string) {
	t.Helper()
	if _, err := link(); err != nil {
		t.Fatal(err)
	}
	return shared
}

// TestScript runs testdata/script: the manual of the commands, and a story for each promise that an attack could break.
// In a story the attack comes first, is shown to work on plain git where it can, and then has no effect on lintel.
//
// Besides testscript's own commands there are: "lintel ARGUMENTS", the program itself; "commit MESSAGE", which adds
// everything and commits it; "valid SCHEMA FILE", which checks JSON against a schema of docs/; "lines N FILE"; "repeat
// FILE N TEXT", which writes a text many times; "mkfifo FILE"; "model", which starts a scripted language model; and
// "begin-sink", which starts a server that takes reports and writes what came to sink.log, with its address in $SINK;
// "record OWNER/NAME FILE", which makes a server's database that knows a repository; and "judged FILE PULLS", which
// makes one in which pull requests were judged; "guide NAME N" and "action FOLDER" are described at their functions.
func TestScript(t *testing.T) {
	runScripts(t, buildLean(t), "testdata/script", func(*testscript.Env) {})
}

// runScripts runs the scripts of a folder on the program of another. more adds to the environment of each.
func runScripts(t *testing.T, program, folder string, more func(*testscript.Env)) {
	t.Helper()
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	// The demo runs "go test". What this test's own build has compiled serves it too.
	cache := os.Getenv("GOCACHE")
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(cache, "go-build")
	}
	testscript.Run(t, testscript.Params{
		Dir:           folder,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Values[endpointKey{}] = new(*fakemodel.Endpoint)
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("PATH", program+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DOCS", docs)
			more(env)
			env.Setenv("GOCACHE", cache)
			for _, kv := range []string{
				"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z", "LC_ALL=C",
				"TZ=UTC",
			} {
				name, value, _ := strings.Cut(kv, "=")
				env.Setenv(name, value)
			}
			if err := os.Mkdir(home, 0o755); err != nil {
				return err
			}
			config := "[user]\n\tname = Ann Arbor\n\temail = ann@example.com\n[init]\n\tdefaultBranch = main\n[commit]\n" +
				"\tgpgSign = false\n[maintenance]\n\tauto = false\n[core]\n\tfsync = none\n[protocol \"file\"]\n\tallow = always\n"
			return os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"lintel": lintel, "commit": commit, "valid": valid, "lines": lines, "repeat": repeat, "mkfifo": mkfifo, "model": model,
			"begin-sink": beginSink, "record": record, "became": became, "judged": judged, "guide": guide,
			"action":    action,
			"component": component,
		},
	})
}

// lintel runs the program in the foreground; "exec lintel ... &" runs it in the background.
func lintel(ts *testscript.TestScript, neg bool, args []string) {
	switch err := ts.Exec("lintel", args...); {
	case err != nil && !neg:
		ts.Fatalf("lintel failed: %v", err)
	case err == nil && neg:
		ts.Fatalf("lintel succeeded")
	}
}

func commit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: commit MESSAGE")
	}
	ts.Check(ts.Exec("git", "add", "--all"))
	// Text keeps its lines: the message comes with \n for line ends.
	ts.Check(ts.Exec("git", "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message",
		strings.ReplaceAll(args[0], `\n`, "\n")))
}

func valid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: valid SCHEMA FILE")
	}
	text, err := os.ReadFile(filepath.Join(ts.Getenv("DOCS"), args[0]))
	ts.Check(err)
	schema, err := document.Compile(text)
	ts.Check(err)
	for _, p := range document.ValidateJSON(schema, []byte(ts.ReadFile(args[1]))) {
		ts.Logf("%s: %s", p.Path, p.Message)
		defer ts.Fatalf("%s is not as %s says", args[1], args[0])
	}
}

func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); args[0] != strconv.Itoa(got) {
		ts.Fatalf("%s has %d lines, want %s:\n%s", args[1], got, args[0], ts.ReadFile(args[1]))
	}
}

func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat FILE N TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := strings.Repeat(strings.ReplaceAll(args[2], `\n`, "\n"), n)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

func mkfifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mkfifo FILE")
	}
	ts.Check(exec.Command("mkfifo", ts.MkAbs(args[0])).Run())
}

func record(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: record OWNER/NAME FILE")
	}
	owner, name, _ := strings.Cut(args[0], "/")
	jobs, err := queue.NewJobs(time.Now)
	ts.Check(err)
	st, err := store.Open(context.Background(), "sqlite://"+ts.MkAbs(args[1]), time.Now, jobs)
	ts.Check(err)
	repository := change.Repository{ID: 7, Owner: owner, Name: name, DefaultBranch: "main"}
	pushed := flow.Event{Pull: flow.Pull{Forge: "github", RepoID: 7}, Kind: flow.Landed, Actor: flow.NewActor(8, "wendy", "User"),
		SHA: "a1", At: time.Now()}
	pushed.Key = flow.Key(pushed)
	_, err = st.Admit(context.Background(), delivery.Admission{
		Flow:     []flow.Event{pushed},
		Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: time.Now()},
		Outcome:  delivery.Accepted,
		Seen:     []delivery.Seen{{Forge: change.GitHub, Connection: 1, Repository: repository}},
	})
	ts.Check(errors.Join(err, st.Close()))
}

func beginSink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: begin-sink")
	}
	cmd := exec.Command("sink", ts.MkAbs("sink.address"), ts.MkAbs("sink.log"))
	cmd.Stderr = os.Stderr
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = errors.Join(cmd.Process.Kill(), cmd.Wait()) }) // that it was killed is its end
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if address, err := os.ReadFile(ts.MkAbs("sink.address")); err == nil {
			ts.Setenv("SINK", string(address))
			return
		}
	}
	ts.Fatalf("the sink did not start")
}
