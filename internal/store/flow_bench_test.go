//go:build unix

package store_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// BenchmarkAdmitFlow says what the events of a delivery add to the transaction that acknowledges it: each change
// gets twenty deliveries, each with a request for a look and, in the second case, with two events. cpu-us/op is the
// processor time of the whole process.
func BenchmarkAdmitFlow(b *testing.B) {
	for _, with := range []int{0, 2} {
		b.Run(fmt.Sprintf("events=%d", with), func(b *testing.B) {
			at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			st, err := store.Open(ctx(), "sqlite://"+filepath.Join(b.TempDir(), "lintel.db"), time.Now, &storetest.Queue{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = st.Close() })
			before := processorTime(b)
			i := 0
			for b.Loop() {
				if _, err := st.Admit(ctx(), told(i, with, at.Add(time.Duration(i)*time.Second))); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// told is the i-th delivery: of the i/20th change.
func told(i, events int, at time.Time) delivery.Admission {
	number := 1 + i/20
	head := fmt.Sprintf("%040x", i)
	a := delivery.Admission{
		Delivery: delivery.Delivery{ID: fmt.Sprintf("d%d", i), Forge: change.GitHub, Name: "pull_request", Action: "synchronize",
			Connection: 1, RepoID: 42, Sender: "ann", ReceivedAt: at},
		Outcome:  delivery.Accepted,
		Requests: []delivery.ReviewRequest{storetest.Opened(number, head)},
	}
	e := flow.Event{Pull: flow.Pull{Forge: "github", RepoID: 42, Number: number}, Kind: flow.Pushed, SHA: head, At: at}
	if i%20 == 0 {
		e.Kind = flow.Opened
	}
	e.Actor = flow.NewActor(1, "ann", "User")
	state := e
	state.Kind, state.Actor = flow.State, flow.Actor{}
	state.Detail = flow.Detail{Base: "main", Default: "main", Additions: i}
	a.Flow = []flow.Event{e, state}[:events]
	for j := range a.Flow {
		a.Flow[j].Key = flow.Key(a.Flow[j])
	}
	return a
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
