package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
)

// TestUsersOfOpenShift: its default profile takes only users of the range that the namespace is given.
func TestUsersOfOpenShift(t *testing.T) {
	t.Parallel()
	for notes, want := range map[string][2]float64{
		"":                      {1 << 30, 1<<31 - 1},
		"1000680000/10000":      {1000680000, 1000689999},
		"1000680000/1":          {1000680000, 1000680000},
		"1000680000-1000680001": {1000680000, 1000680001},
		"1000680000":            {},
		"0/10":                  {},
		"x/10":                  {},
		"10/-3":                 {},
		"10-3":                  {},
	} {
		a := newAPI(t)
		a.notes = object{"openshift.io/sa.scc.uid-range": notes}
		tried := make(chan object, 1)
		a.answer = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				raw, _ := io.ReadAll(r.Body)
				var job object
				if err := json.Unmarshal(raw, &job); err != nil {
					t.Error(err)
				}
				tried <- job
				r.Body = io.NopCloser(bytes.NewReader(raw))
			}
			return false
		}
		_, err := kubernetes.New(t.Context(), a.options())
		if want[0] == 0 {
			if err == nil || !strings.Contains(err.Error(), "cannot be read") {
				t.Errorf("%q: %v", notes, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", notes, err)
			continue
		}
		as := at[object](<-tried, "spec", "template", "spec", "securityContext")
		if id := at[float64](as, "runAsUser"); id < want[0] || id > want[1] || at[float64](as, "runAsGroup") != id {
			t.Errorf("%q: %v", notes, as)
		}
	}
}

// TestExamine: each thing that checks need of a cluster is a line, and what is wrong says what to do.
func TestExamine(t *testing.T) {
	t.Parallel()
	tells := func(word string) func(*fakePod) {
		return func(p *fakePod) {
			says(p, func(s *session, mark string) object {
				s.send(1, []byte(word+"\n\n"+mark+" ended 0 no no\n\n"+mark+" closed\n"))
				s.send(2, []byte("\n"+mark+" closed\n"))
				s.end()
				return object{"exitCode": 0, "reason": "Completed"}
			})
		}
	}
	for name, c := range map[string]struct {
		change func(*api)
		image  string
		want   []string // WHAT, with ! where it is wrong and ? where it is unsure, and a part of the detail
	}{
		"well": {image: image, change: func(a *api) { a.life = tells("closed python3") },
			want: []string{"cluster:v1.37.2", "namespace:restricted", "rights:all 10", "job:would take", "pod:ran to its end",
				"network:could not reach"}},
		"policies that nobody enforces": {image: image, change: func(a *api) { a.life = tells("reached curl") },
			want: []string{"cluster:", "namespace:", "rights:", "job:", "pod:", "network!:does not enforce"}},
		"a pod that is played": {image: image, change: func(a *api) { a.life = real },
			want: []string{"cluster:", "namespace:", "rights:", "job:", "pod:", "network:could not reach 127.0.0.1"}},
		"a cluster by its name": {image: image, change: func(a *api) {
			a.URL, a.life = strings.Replace(a.URL, "127.0.0.1", "localhost", 1), tells("closed python3")
			a.answer = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost {
					raw, _ := io.ReadAll(r.Body)
					if bytes.Contains(raw, []byte(`"localhost"`)) {
						t.Error("a pod cannot resolve a name, so it is closed in an open network, too")
					}
					r.Body = io.NopCloser(bytes.NewReader(raw))
				}
				return false
			}
		}, want: []string{"cluster:", "namespace:", "rights:", "job:", "pod:", "network:could not reach localhost"}},
		"an image with nothing": {image: image, change: func(a *api) { a.life = tells("nothing") },
			want: []string{"cluster:", "namespace:", "rights:", "job:", "pod:", "network?:holds nothing"}},
		"no image": {want: []string{"cluster:", "namespace:", "rights:", "job:", "network?:was not tried"}},
		"a pod that does not start": {image: image, change: func(a *api) {
			a.life = func(p *fakePod) {
				p.state("unpack", "waiting", object{"reason": "ImagePullBackOff", "message": "no such image"})
			}
		}, want: []string{"cluster:", "namespace:", "rights:", "job:", "pod!:ImagePullBackOff: no such image"}},
		"a right is missing": {change: func(a *api) { a.mayNot = "delete jobs" },
			want: []string{"cluster:", "namespace:", "rights!:may not: delete jobs.batch"}},
		"too many rights": {change: func(a *api) { a.may = "list secrets" },
			want: []string{"cluster:", "namespace:", "rights!:more in checks than it needs: list secrets", "rights:", "job:", "network?:"}},
		"an open namespace": {change: func(a *api) { a.policies = nil },
			want: []string{"cluster:", "namespace!:has no NetworkPolicy", "rights:", "job!:has no NetworkPolicy"}},
		"a Job is refused": {change: func(a *api) {
			a.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("dryRun") == "" {
					return false
				}
				refuse(w, 403, "Forbidden", "admission webhook says no")
				return true
			}
		}, want: []string{"cluster:", "namespace:", "rights:", "job!:admission webhook says no"}},
		"no server": {change: func(a *api) { a.Close() }, want: []string{"cluster!:refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a pod that is played" {
				needsPods(t)
			}
			a := newAPI(t)
			if c.change != nil {
				c.change(a)
			}
			got := kubernetes.Examine(t.Context(), a.options(), c.image)
			if len(got) != len(c.want) {
				t.Fatalf("it found %+v, want %q", got, c.want)
			}
			for i, l := range got {
				what := l.What + strings.Repeat("!", min(1, len(l.Remedy)))
				if l.Unsure {
					what += "?"
				}
				want, detail, _ := strings.Cut(c.want[i], ":")
				if what != want || !strings.Contains(l.Detail, detail) {
					t.Errorf("%s: %q, want %q", what, l.Detail, c.want[i])
				}
			}
		})
	}
}
