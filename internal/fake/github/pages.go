package github

import (
	"cmp"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/door"
	"github.com/lintel-review/lintel/internal/fake/github/page"
)

// shownRows bounds the lists of the traffic page.
const shownRows = 100

// servePage answers a browser. It reports false for a path that is no page.
func (h *Hub) servePage(w http.ResponseWriter, r *http.Request, parts []string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	near := h.near(r)
	if parts[0] == "_fakehub" {
		return near && h.serveTraffic(w, parts)
	}
	if parts[0] == "favicon.ico" { // browsers ask for it unasked; it is no API request
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(parts) == 1 && parts[0] == "" {
		h.draw(w, "front", h.frontPage(near))
		return true
	}
	if len(parts) < 2 {
		return false
	}
	repo := h.names[lower(parts[0]+"/"+parts[1])]
	if repo == nil || (repo.private && !near) {
		return false
	}
	switch {
	case len(parts) == 2 || (len(parts) == 3 && parts[2] == "pulls"):
		h.draw(w, "repository", h.repositoryPage(repo))
		return true
	case len(parts) >= 4 && parts[2] == "pull":
		number, suffix, _ := strings.Cut(parts[3], ".")
		n, err := strconv.Atoi(number)
		if err != nil || repo.pulls[n] == nil {
			return false
		}
		return h.servePullPage(w, repo.pulls[n], suffix)
	case len(parts) == 4 && parts[2] == "runs":
		id, _ := strconv.ParseInt(parts[3], 10, 64)
		run := repo.runByID[id]
		if run == nil {
			return false
		}
		for _, p := range slices.Backward(repo.byHead[run.suite.head]) {
			http.Redirect(w, r, p.webURL(h)+"#run-"+parts[3], http.StatusFound)
			return true
		}
	}
	return false
}

// near reports whether a browser runs on this machine. Pages ask nobody who they are, so beyond it they show what is
// public, and no traffic.
func (h *Hub) near(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return !h.opt.InsecureListen || (err == nil && door.Loopback(host))
}

func (h *Hub) servePullPage(w http.ResponseWriter, p *pull, suffix string) bool {
	if suffix == "diff" || suffix == "patch" {
		c, err := p.comparison()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return true
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Write(c.Raw)
		return true
	}
	view, err := h.pullPage(p)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return true
	}
	h.draw(w, "pull", view)
	return true
}

func (h *Hub) draw(w http.ResponseWriter, name string, data any) {
	if err := page.Render(w, name, data); err != nil {
		http.Error(w, "this page cannot be drawn", http.StatusInternalServerError)
		h.opt.Log.Error("draw page", "error", err)
	}
}

func (h *Hub) frontPage(near bool) page.Front {
	v := page.Front{Requests: h.record.Count("", ""), Deliveries: len(h.hooks.Deliveries(h.app.spec.ID))}
	for _, r := range h.sortedRepositories() {
		if near || !r.private {
			v.Repositories = append(v.Repositories, h.repositoryPage(r))
		}
	}
	return v
}

func (h *Hub) repositoryPage(r *repository) page.Repository {
	v := page.Repository{Name: r.fullName(), Description: r.description, Private: r.private, DefaultBranch: r.defaultBranch}
	for _, p := range slices.Backward(r.sortedPulls()) {
		v.Pulls = append(v.Pulls, page.Row{Number: p.number, Title: p.title, Author: p.user.login, State: p.pageState(),
			Path: "/" + r.fullName() + "/pull/" + strconv.Itoa(p.number), Check: summarise(r.runs[p.headSHA]), Updated: p.updated})
	}
	return v
}

func (p *pull) pageState() string {
	switch {
	case p.merged:
		return "merged"
	case p.state == "closed":
		return "closed"
	case p.draft:
		return "draft"
	}
	return "open"
}

// pageState is a run's state in the four words the pages know.
func (run *checkRun) pageState() string {
	switch {
	case run.status != "completed":
		return "pending"
	case run.conclusion == "success":
		return "success"
	case passing(run.conclusion):
		return "neutral"
	}
	return "failure"
}

// summarise is the worst state of the latest runs.
func summarise(runs []*checkRun) string {
	order := []string{"", "neutral", "success", "pending", "failure"}
	worst := 0
	for _, run := range latestRuns(runs) {
		worst = max(worst, slices.Index(order, run.pageState()))
	}
	return order[worst]
}

func (h *Hub) serveTraffic(w http.ResponseWriter, parts []string) bool {
	switch {
	case len(parts) == 1:
		h.draw(w, "traffic", h.trafficPage())
	case len(parts) == 2 && parts[1] == "requests":
		raw, err := encode(
			object{"total": h.record.Count("", ""), "counts": h.record.Counts(),
				"requests": append(h.record.Requests()[:0:0], h.record.Requests()...)})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return true
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write(raw)
	default:
		return false
	}
	return true
}

func (h *Hub) trafficPage() page.Traffic {
	v := page.Traffic{Total: h.record.Count("", "")}
	for _, c := range h.record.Counts() {
		v.Counts = append(v.Counts, page.Count(c))
	}
	for _, q := range slices.Backward(h.record.Requests()) {
		if len(v.Requests) == shownRows {
			break
		}
		v.Requests = append(v.Requests,
			page.Request{Method: q.Method, Path: q.Path, Actor: q.Actor, Status: q.Status, Start: q.Start, Took: q.Duration})
	}
	for _, d := range h.hooks.Deliveries(h.app.spec.ID) {
		if len(v.Deliveries) == shownRows {
			break
		}
		v.Deliveries = append(v.Deliveries,
			page.Delivery{Event: d.Event.Name, Action: d.Event.Action, GUID: d.GUID, Status: cmp.Or(d.Status, "no answer"),
				Code: d.StatusCode, Failed: d.Failed(), Again: d.Redelivery, At: d.DeliveredAt, Took: d.Duration})
	}
	return v
}
