package server_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/cli"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// asProgram is the environment variable that makes a process of the test binary the program itself, so that nothing is built a second time.
const asProgram = "RUN_AS_LINTEL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // as cmd/lintel does
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// program is the command lintel with arguments, as a process of its own.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	must(t, err)
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// process is a serving child process.
type process struct {
	t      testing.TB
	config string
	listen string
	log    *logbook
	// flags are added to the command line.
	flags []string
	// env is added to its environment.
	env   []string
	cmd   *exec.Cmd
	ended chan error
}

// logbook is what all lives of a process wrote.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// newProcess writes a configuration for the hub. Nothing runs yet.
func newProcess(t testing.TB, hub *fakehub.Hub) *process {
	t.Helper()
	dir := t.TempDir()
	spec := hub.App()
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), spec.PEM(), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(spec.WebhookSecret), 0o600))
	p := &process{t: t, listen: freePort(t), log: &logbook{}, config: filepath.Join(dir, "lintel.yml")}
	text := fmt.Sprintf(
		"listen: %s\nadmin_listen: \"\"\npublic_url: http://%s\ndatabase: %s\ngithub:\n  app_id: %d\n  "+
			"private_key_file: %s\n  webhook_secret_file: %s\n  api_url: %s\n  web_url: %s\nworkers: { gather: 20ms, "+
			"drain_timeout: 5m }\nlog: { format: text, level: debug }\n",
		p.listen, p.listen, databaseIn(t, dir), spec.ID, filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret"),
		hub.URL(), hub.URL())
	must(t, os.WriteFile(p.config, []byte(text), 0o600))
	hub.SetWebhook("http://"+p.listen+"/hooks/github", "")
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.launch()
	awaitHTTP(p.t, "http://"+p.listen+"/healthz")
}

// serving is a hub whose organisation has the App, and a process that serves it.
func serving(t testing.TB) (*fakehub.Hub, *process) {
	t.Helper()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	p := newProcess(t, hub)
	p.start()
	return hub, p
}

// launch starts the process and does not wait for it.
func (p *process) launch() {
	p.t.Helper()
	p.cmd, p.ended = program(p.t, append([]string{"serve", "--config", p.config}, p.flags...)...), make(chan error, 1)
	p.cmd.Env = append(p.cmd.Env, p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	must(p.t, p.cmd.Start())
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(p.cmd, p.ended)
}

// kill ends the process without warning, if it runs.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err == nil {
		<-p.ended
	}
	p.cmd = nil
}

// TestKilledAgainAndAgain streams deliveries about sixty pull requests into the real program, kills it with SIGKILL
// five times, and looks at what stands in the end: one right check for each verdict, no comment twice, everything
// within a minute of the last start.
//
// Attack by a crash, a kill, a full disk: A lost event, a comment twice, a green check: one transaction for
// delivery and job; effects are saved before they are carried out, and found again by key. Also
// `internal/server/kill_test.go` `TestKilledBetweenBatches`; `internal/outbox/outbox_test.go` `TestCrash`;
// `internal/server/story_inline_comments_test.go` `TestStoryLostReceipt`; `internal/store/file_test.go`
// `TestFullDisk`.
//
//race:unwatched
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	hub, p := serving(t)
	random := rand.New(rand.NewPCG(rand.Uint64(), 1))
	stop, lives := make(chan struct{}), make(chan int)
	var up sync.RWMutex
	go func() {
		count := 1
		for {
			select {
			case <-stop:
				lives <- count
				return
			case <-time.After(time.Duration(150+random.IntN(700)) * time.Millisecond):
			}
			if count < 6 {
				up.Lock()
				p.kill()
				p.start()
				up.Unlock()
				count++
			}
		}
	}()
	const pulls = 60
	want := map[int]string{}
	heads := map[int]string{}
	for i := range pulls {
		if i%4 != 0 { // developers do not wait for us, but a stream that runs while nothing listens would be lost before the first look
			up.RLock()
			up.RUnlock() //nolint:staticcheck // only the wait is wanted
		}
		branch := fmt.Sprintf("topic-%d", i)
		first := commit(t, hub, shop,
			fakehub.Commit{
				Branch:  branch,
				From:    "main",
				Author:  "wendy",
				Message: "Not conventional.",
				Files:   fakehub.Files{fmt.Sprintf("cart/%d.go", i): "package cart\n"},
			})
		n := open(t, hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})
		want[n], heads[n] = "failure", first
		for _, title := range []string{"feat: one", "feat: two"} {
			must(t, hub.EditPull(shop, n, fakehub.Edit{Title: &title}, "wendy"))
		}
		if i%3 != 0 { // fixed
			file := fmt.Sprintf("cart/%d.go", i)
			if i%3 == 2 { // and of an owner, who approves of every second one
				file = fmt.Sprintf("pay/%d.go", i)
			}
			heads[n] = commit(t, hub, shop,
				fakehub.Commit{
					Branch:  branch,
					Parents: []string{hub.Tip(shop, "main")},
					Force:   true,
					Author:  "wendy",
					Message: "feat: fixed",
					Files:   fakehub.Files{file: "package x\n"},
				})
			want[n] = "success"
			if i%3 == 2 && i%2 == 0 {
				_, err := hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
				must(t, err)
			} else if i%3 == 2 {
				want[n] = "failure"
			}
		}
		for range 2 {
			_, err := hub.Review(shop, n, fakehub.Review{Author: "rita", State: "COMMENT", Body: "Read."})
			must(t, err)
		}
	}
	close(stop)
	killed := <-lives - 1
	if killed < 3 {
		for ; killed < 3; killed++ {
			p.kill()
			p.start()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, hub.WaitDelivered(ctx))
	p.kill()
	p.start()
	began := time.Now()
	deliveries := hub.Webhooks().Deliveries(hub.App().ID)
	failed := 0
	for _, d := range deliveries {
		if d.Failed() {
			failed++
		}
	}
	t.Logf("killed %d times while %d deliveries came, of which %d were not taken", killed+1, len(deliveries), failed)
	if len(deliveries) < 500 {
		t.Errorf("%d deliveries, want 500 or more", len(deliveries))
	}
	right := func(n int) string {
		runs := ours(hub, heads[n])
		if len(runs) == 0 {
			return "no check"
		}
		if last := runs[len(runs)-1]; last.Status != "completed" || last.Conclusion != want[n] {
			return fmt.Sprintf("%s %s, want %s", last.Status, last.Conclusion, want[n])
		}
		return ""
	}
	for n := range want {
		for right(n) != "" {
			if time.Since(began) > patience {
				t.Fatalf("a minute after the last start #%d: %s", n, right(n))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.Logf("all right %s after the last start", time.Since(began).Round(time.Millisecond))
	for n := range want {
		for i, runs := 1, ours(hub, heads[n]); i < len(runs); i++ {
			if a, b := runs[i-1],
				runs[i]; a.Conclusion == b.Conclusion && a.Title == b.Title && a.Summary == b.Summary && a.Text == b.Text {
				t.Errorf("#%d: the check says twice: %s %q (%s, %s)", n, b.Conclusion, b.Title, a.ExternalID, b.ExternalID)
			}
		}
		view, err := hub.Pull(shop, n)
		must(t, err)
		comments := 0
		for _, c := range view.Comments {
			if strings.HasSuffix(c.Author, "[bot]") {
				comments++
			}
		}
		if comments > 1 {
			t.Errorf("#%d has %d comments", n, comments)
		}
	}
}

// ours are the runs "lintel" of the App on a commit, oldest first.
func ours(hub *fakehub.Hub, sha string) []fakehub.RunView {
	var own []fakehub.RunView
	for _, run := range hub.Runs(shop, sha) {
		if run.Name == "lintel" && run.App == hub.App().ID {
			own = append(own, run)
		}
	}
	return own
}

// TestTerminatedInOrder ends the real program with SIGTERM while it looks at pull requests: what runs is finished,
// nothing is left for the next start to find half done.
func TestTerminatedInOrder(t *testing.T) {
	t.Parallel()
	hub, p := serving(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(t, hub.WaitDelivered(ctx))
	hub.SetLatency(150 * time.Millisecond)
	heads := []string{}
	for i := range 4 {
		branch := fmt.Sprintf("topic-%d", i)
		heads = append(heads,
			commit(t, hub, shop,
				fakehub.Commit{
					Branch:  branch,
					From:    "main",
					Author:  "wendy",
					Message: "feat: topic",
					Files:   fakehub.Files{"cart/x.go": fmt.Sprintf("package cart // %d\n", i)},
				}))
		open(t, hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})
	}
	must(t, hub.WaitDelivered(ctx))
	for hub.Count("POST", "/graphql") == 0 {
		time.Sleep(2 * time.Millisecond)
	}
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("the process ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the process did not end")
	}
	p.cmd = nil
	hub.SetLatency(0)
	p.start()
	for _, sha := range heads {
		awaitRun(t, hub, sha, "success")
		if runs := ours(hub, sha); len(runs) != 1 {
			t.Errorf("%d runs on %s, want 1", len(runs), sha)
		}
	}
	if strings.Contains(p.log.String(), "took back jobs") {
		t.Error("the next start found jobs that were left running")
	}
}

func awaitRun(t testing.TB, hub *fakehub.Hub, sha, conclusion string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if runs := ours(hub, sha); len(runs) > 0 && runs[len(runs)-1].Conclusion == conclusion {
			return
		}
	}
	t.Fatalf("no check %s on %s: %+v", conclusion, sha, ours(hub, sha))
}

// token makes an upload token of the shop, as soon as the server knows of it.
func (p *process) token() string {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		out, err := program(p.t, "token", "create", shop, "--name", "ci", "--config", p.config).Output()
		if err == nil {
			return strings.TrimSpace(string(out))
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("token create: %v", err)
		}
	}
}

// TestKilledBetweenBatches kills the program after the forge took a part of a check's annotations: the next start completes the same run.
func TestKilledBetweenBatches(t *testing.T) {
	t.Parallel()
	hub, p := serving(t)
	sha := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "many",
			From:    "main",
			Author:  "wendy",
			Message: "feat: many",
			Files:   fakehub.Files{"cart/many.go": strings.Repeat("package cart\n", 130)},
		})
	// CI hands in 120 findings before the pull request is opened, so that the first verdict has them all.
	var found strings.Builder
	for i := range 120 {
		fmt.Fprintf(&found,
			`{"message": "odd line %d", "severity": "WARNING", "location": {"path": "cart/many.go", "range": {"start": {"line": %d}}}}`+
				"\n", i+1, i+1)
	}
	u := &uploads{rig: &rig{t: t, config: config.Config{Listen: p.listen}}}
	u.expect("the findings",
		u.report(p.token(), map[string]string{"kind": "lint", "format": "rdjsonl", "sha": sha}, found.String(), ""), 202, "stored")
	hub.Fault(traffic.Fault{Method: http.MethodPatch, Route: "/repos/{owner}/{repo}/check-runs/{check_run_id}", Skip: 1, Drop: true})
	open(t, hub, shop, fakehub.Pull{Head: "many", Base: "main", Title: "feat: many", Author: "wendy"})
	// A verdict that takes long is shown in progress first, so one batch or two are there when the next is refused.
	for deadline := time.Now().Add(patience); hub.Count(http.MethodPatch, editRun) < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no half told check: %+v", ours(hub, sha))
		}
	}
	p.kill()
	if half := ours(hub, sha); len(half) != 1 || len(half[0].Annotations) == 0 || len(half[0].Annotations) > 100 {
		t.Fatalf("no half told check: %+v", half)
	}
	hub.ClearFaults()
	p.start()
	awaitRun(t, hub, sha, "success")
	runs := ours(hub, sha)
	if len(runs) != 1 || len(runs[0].Annotations) <= 100 {
		t.Errorf("%d runs, the first with %d annotations; want 1 with more than two batches", len(runs), len(runs[0].Annotations))
	}
	seen := map[fakehub.AnnotationView]bool{}
	for _, a := range runs[0].Annotations {
		if seen[a] {
			t.Errorf("an annotation stands there twice: %+v", a)
		}
		seen[a] = true
	}
}
