// Package sandboxtest attacks a sandbox. Every backend must withstand every attack.
package sandboxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// Backend is a backend under attack.
type Backend struct {
	sandbox.Backend
	Image    string // the image that all jobs run in
	MayTrace bool   // the backend lets a job trace its own processes
	Counts   bool   // the backend notices that one process of many was ended for want of memory
	Files    int    // how many files the large tree has
}

// rig is what all attacks on one backend share.
type rig struct {
	Backend
	tree   string
	secret string // what no job may see
	token  string // stands in the arguments of every process that an attack starts
}

// Attack runs every attack. Like its two siblings it measures the memory of its process, so no other test may run beside it:
// a test that said t.Parallel is refused.
func Attack(t *testing.T, b Backend) {
	b.attack(t, "attacks", func(attack) bool { return true })
}

// AttackLimits runs only the attacks that limits must hold, on a backend in a weaker setting.
func AttackLimits(t *testing.T, b Backend) {
	b.attack(t, "limits", func(a attack) bool { return a.limits })
}

// AttackStreams runs the attacks that a backend withstands by what it sends, reads and ends, and not by its kernel: for one
// whose pods or machines are played.
func AttackStreams(t *testing.T, b Backend) {
	b.attack(t, "streams", func(a attack) bool { return a.streams })
}

// secret is what no job may see.
const secret = "s3cret-of-the-host"

// attack runs the chosen attacks side by side. No process survives them, and memory stays flat.
func (b Backend) attack(t *testing.T, kind string, chosen func(attack) bool) {
	t.Setenv("LINTEL_TEST_SECRET", secret)
	// A lazy collector lets the heap grow by as much as the limit below.
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	r := &rig{Backend: b, tree: tree(t), secret: secret, token: kind + "-" + b.Name()}
	before := heap()
	t.Run(kind, func(t *testing.T) {
		for _, a := range attacks {
			if chosen(a) {
				t.Run(a.name, func(t *testing.T) {
					t.Parallel()
					r.attack(t, a)
				})
			}
		}
	})
	noSurvivors(t, r.tree)
	if grown := int64(heap()) - int64(before); grown > 48<<20 { //nolint:gosec // sizes of a heap
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// hostile are names of files in the tree.
var hostile = []string{"-rf", "a\n-rf *\nb", "$(id)", "--help", " ", "\\"}

// tree is a folder with the attacker, hostile names and hostile links. The folder above it is closed to others.
func tree(t *testing.T) string {
	t.Helper()
	closed := t.TempDir()
	folder := filepath.Join(closed, "tree")
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // jobs run as other users
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "attacker"), "./testdata/attacker")
	build.Dir = here()
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the attacker: %v\n%s", err, out)
	}
	outside := filepath.Join(closed, "outside")
	must(t, os.WriteFile(outside, []byte(secret), 0o644)) //nolint:gosec // so that only the sandbox hides it
	must(t, os.Symlink(outside, filepath.Join(folder, "link")))
	must(t, os.Symlink("../outside", filepath.Join(folder, "relative")))
	must(t, os.Symlink("/etc/shadow", filepath.Join(folder, "shadow")))
	for _, name := range hostile {
		must(t, os.WriteFile(filepath.Join(folder, name), nil, 0o644)) //nolint:gosec // jobs run as other users
	}
	return folder
}

func here() string {
	_, file, _, _ := runtime.Caller(0)
	if filepath.IsAbs(file) {
		return filepath.Dir(file)
	}
	// Built with -trimpath: a test runs in its own package's folder, beside this one.
	return "../sandboxtest"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapSys
}

// limits are small, so that attacks end soon.
func limits() sandbox.Limits {
	return sandbox.Limits{
		Deadline:  20 * time.Second,
		CPU:       1,
		Memory:    96 << 20,
		Processes: 64,
		Disk:      16 << 20,
		Output:    4 << 20,
		Report:    1 << 20,
		Tail:      8 << 10,
	}
}

// run runs one job and fails on harm.
func (r *rig) run(t *testing.T, change func(*sandbox.Job), args ...string) sandbox.Result {
	t.Helper()
	job := sandbox.Job{
		Image:  r.Image,
		Argv:   append([]string{"/tree/attacker"}, args...),
		Tree:   r.tree,
		Limits: limits(),
	}
	if r.MayTrace {
		job.Env = map[string]string{"MAY_TRACE": "yes"}
	}
	if change != nil {
		change(&job)
	}
	got := r.Run(t.Context(), job)
	for _, l := range strings.Split(string(got.Stdout), "\n") {
		if strings.HasPrefix(l, "HARM") && got.Ended != sandbox.Memory {
			t.Error(l)
		}
	}
	if got.Ended == sandbox.Unstartable {
		t.Fatalf("the job did not start: %s\n%s", got.Why, got.Stderr)
	}
	return got
}

// Tree is a folder with the attacker, for tests of one backend.
func Tree(t *testing.T) string { return tree(t) }

// Survivors are the processes on the host that run the attacker of a tree.
func Survivors(t *testing.T, tree string) (out []string) {
	t.Helper()
	attacker, err := os.Stat(filepath.Join(tree, "attacker"))
	must(t, err)
	programs, err := filepath.Glob("/proc/[0-9]*/exe")
	must(t, err)
	for _, p := range programs {
		if found, err := os.Stat(p); err == nil && os.SameFile(found, attacker) {
			out = append(out, p)
		}
	}
	return out
}

// noSurvivors looks for processes on the host that run the tree's attacker.
func noSurvivors(t *testing.T, tree string) {
	t.Helper()
	for _, p := range Survivors(t, tree) {
		t.Errorf("%s survived", p)
	}
}
