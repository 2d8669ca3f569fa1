package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/web"
)

// TestDegrees: a process whose others are missing stays ready and says which; without others, or with all, it says nothing.
func TestDegrees(t *testing.T) {
	t.Parallel()
	web1 := processes.Process{Roles: []string{role.Web, role.Reports}, Living: true}
	rest := processes.Process{Roles: []string{role.Gate, role.Sweeps}}
	broken := errors.New("no answer")
	for name, c := range map[string]struct {
		all    []processes.Process
		failed error
		want   string
		ready  bool
	}{
		"SQLite":         {ready: true},
		"broken":         {failed: broken, want: "no answer"},
		"workers down":   {all: []processes.Process{web1, rest}, want: "no living process has the role gate, advise, sweeps", ready: true},
		"every role":     {all: []processes.Process{{Roles: role.Served(), Living: true}, rest}, ready: true},
		"a worker alone": {all: []processes.Process{{Roles: []string{role.Asks}, Living: true}}, want: "web, gate", ready: true},
	} {
		check := together(func(context.Context) ([]processes.Process, error) { return c.all, c.failed })
		err := check.Run(t.Context())
		text := ""
		if err != nil {
			text = err.Error()
		}
		if c.want == "" != (err == nil) || !strings.Contains(text, c.want) || err != nil && degraded(err) != c.ready {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	late := errors.New("late")
	if degraded(behind(config.Config{}, false, late)) || !degraded(behind(config.Config{Roles: []string{role.Web}}, false, late)) {
		t.Error("only a process that judges is not ready when the work is late")
	}
	left := behind(config.Config{}, true, late)
	if !degraded(left) || !errors.Is(left, late) || !strings.Contains(left.Error(), "other policies") {
		t.Errorf("a process that leaves verdicts to another one, which does not judge: %v", left)
	}
}

// TestEachQueueHasOneRole: with the roles shared out one by one, each kind of job is some process's.
func TestEachQueueHasOneRole(t *testing.T) {
	t.Parallel()
	for queue, want := range map[string]string{"sweep": role.Sweeps, "backfill": role.Sweeps, "advise": role.Advise,
		"consult": role.Advise, "look": role.Gate, "anything": role.Gate} {
		if got := roleOf(queue); got != want || !slices.Contains(role.Served(), got) {
			t.Errorf("the queue %s is of %s, want %s", queue, got, want)
		}
	}
}

func degraded(err error) bool {
	_, ready := errors.AsType[*web.Degraded](err)
	return ready
}
