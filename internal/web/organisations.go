package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/organisation"
)

// organisationFiles has what is remembered of organisations' settings files.
type organisationFiles interface {
	Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error)
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
}

// organisationsView is the page of organisations' settings files.
type organisationsView struct {
	frame
	All []organisationView
}

// organisationView is one organisation's file.
type organisationView struct {
	organisation.State
	// Text is the version that is in force for all repositories; empty when there is none.
	Text string
}

// waves are the shares of a version on its way, and the pace: "1 %, 10 %, 100 %, each for 10 minutes".
func waves(v organisation.State) string {
	if v.Next == nil {
		return ""
	}
	var shares []string
	for i, share := range v.Next.Waves.Shares {
		words := organisation.Percent(share)
		if i == v.Wave {
			words += " (now)"
		}
		shares = append(shares, words)
	}
	return strings.Join(shares, ", ") + ", each for " + strconv.Itoa(v.Next.Waves.Minutes) + " minutes"
}

// bad reports whether somebody has to do something about a file.
func bad(v organisation.State) bool { return v.Unread != "" || v.Invalid != nil || v.Stopped != "" }

// RouteOrganisations adds the page of organisations' settings files to the admin listener.
func (p *Pages) RouteOrganisations(admin *http.ServeMux, files organisationFiles) {
	admin.Handle("GET /organisations", inTime(p.o.Limit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.Shows(r.Context(), 0) {
			notFound(w, r)
			return
		}
		v := organisationsView{frame: p.frame("Organisations", "./", true)}
		var all []organisation.State
		var err error
		for _, forge := range change.Forges() {
			on, ferr := files.Organisations(r.Context(), forge)
			all, err = append(all, on...), errors.Join(err, ferr)
		}
		for _, st := range all {
			one := organisationView{State: st}
			if st.InForce != nil && st.InForce.Blob != "" {
				text, ferr := files.OrganisationFile(r.Context(), st.Forge, st.OwnerID, st.InForce.Blob)
				one.Text, err = string(text), errors.Join(err, ferr)
			}
			v.All = append(v.All, one)
		}
		if err != nil {
			p.trouble(w, r, err)
			return
		}
		p.render(w, r, "organisations", v)
	})))
}
