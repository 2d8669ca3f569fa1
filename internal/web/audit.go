package web

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
)

// AuditLog has the records of the audit log.
type AuditLog interface {
	// AuditPage returns records before one (0: the newest), newest first, of a repository (0: all) and of acts that begin
	// with a word.
	AuditPage(ctx context.Context, forge string, repo int64, act string, before int64, limit int) ([]audit.Record, error)
	names
}

// auditView is a page of the audit log.
type auditView struct {
	frame
	Records []audit.Record
	Repo    string
	Forge   change.Forge
	Act     string
	// Kinds are the first words of acts, to filter by; Older is the address of the next page, empty on the last.
	Kinds []string
	Older string
}

// details are the details of a record in the order of their names.
func details(r audit.Record) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Detail)) {
		all = append(all, name+": "+r.Detail[name])
	}
	return all
}

// auditPage is how many records a page shows.
const auditPage = 100

var auditKinds = []string{"demotion", "drafts", "finding", "gate", "job", "organisation", "override", "recheck", "reviews", "rule",
	"settings", "suppression", "token"}

// RouteAudit adds the page of the audit log to the admin listener, /audit?repo=acme/shop&act=override, and the same
// records for programs, /audit.json.
func (p *Pages) RouteAudit(admin *http.ServeMux, log AuditLog) {
	admin.HandleFunc("GET /audit", func(w http.ResponseWriter, r *http.Request) { p.audit(w, r, log, false) })
	admin.HandleFunc("GET /audit.json", func(w http.ResponseWriter, r *http.Request) { p.audit(w, r, log, true) })
}

func (p *Pages) audit(w http.ResponseWriter, r *http.Request, log AuditLog, asJSON bool) {
	ctx, cancel := context.WithTimeout(r.Context(), p.o.Limit)
	defer cancel()
	q := r.URL.Query()
	forge, repo, ok := p.asked(w, r.WithContext(ctx), log)
	if !ok {
		return
	}
	v := auditView{frame: p.frame("The audit log", "./", true), Repo: q.Get("repo"), Forge: forge, Act: q.Get("act"), Kinds: auditKinds}
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	var err error
	if v.Records, err = log.AuditPage(ctx, string(forge), repo.ID, v.Act, before, auditPage+1); err != nil {
		p.trouble(w, r, err)
		return
	}
	if len(v.Records) > auditPage {
		v.Records = v.Records[:auditPage]
		v.Older = v.address(v.Act, v.Records[auditPage-1].Seq)
	}
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
		// A client that went away is not worth a log line.
		_ = json.NewEncoder(w).Encode(map[string]any{"records": v.Records})
		return
	}
	p.render(w, r, "audit", v)
}

func (v auditView) address(act string, before int64) string {
	q := url.Values{}
	for name, value := range map[string]string{"repo": v.Repo, "forge": string(v.Forge), "act": act} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return "./audit?" + q.Encode()
}
