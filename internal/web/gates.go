package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/gateswitch"
)

// GateSwitch switches gates.
type GateSwitch interface {
	SwitchGate(ctx context.Context, r gateswitch.Request) (*gateswitch.Switch, error)
}

// GateList lists the uses of the switch, and what each turned.
type GateList interface {
	PastGateSwitches(ctx context.Context, limit int) ([]gateswitch.Switch, error)
	GateTurned(ctx context.Context, id int64, limit int) ([]gateswitch.Turned, error)
}

// gatesView is the page of the operator's switch.
type gatesView struct {
	frame
	Switches []gateswitch.Switch
	// Shown is the switch whose verdicts are listed; Cut is true when there are more.
	Shown  *gateswitch.Switch
	Turned []gateswitch.Turned
	Cut    bool
}

// standing reports whether a switch is in force.
func standing(now time.Time, s gateswitch.Switch) bool {
	return s.EndedAt.IsZero() && now.Before(s.Until)
}

// maxTurned bounds how many verdicts the page lists; lintel gate list has all.
const maxTurned = 500

// RouteGates adds the page of the operator's switch to the admin listener, and the switch itself: a POST with a JSON
// body. No page of another site can make a browser send one: it would have to come from the same origin.
func (p *Pages) RouteGates(admin *http.ServeMux, list GateList, gates GateSwitch) {
	admin.HandleFunc("GET /gate", func(w http.ResponseWriter, r *http.Request) { p.gates(w, r, list) })
	own := http.NewCrossOriginProtection()
	admin.Handle("POST /gate", own.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switchGate(w, r, gates, p.o.Log.Warn)
	})))
}

func (p *Pages) gates(w http.ResponseWriter, r *http.Request, list GateList) {
	ctx, cancel := context.WithTimeout(r.Context(), p.o.Limit)
	defer cancel()
	v := gatesView{frame: p.frame("The gate", "./", true)}
	var err error
	if v.Switches, err = list.PastGateSwitches(ctx, maxListed); err != nil {
		p.trouble(w, r, err)
		return
	}
	id, _ := strconv.ParseInt(r.URL.Query().Get("switch"), 10, 64)
	for i, s := range v.Switches {
		if s.ID == id || id == 0 && i == 0 {
			v.Shown = &v.Switches[i]
		}
	}
	if v.Shown != nil {
		if v.Turned, err = list.GateTurned(ctx, v.Shown.ID, maxTurned+1); err != nil {
			p.trouble(w, r, err)
			return
		}
	}
	if v.Cut = len(v.Turned) > maxTurned; v.Cut {
		v.Turned = v.Turned[:maxTurned]
	}
	p.render(w, r, "gates", v)
}

// gateRequest is the body of a POST.
type gateRequest struct {
	State  gateswitch.State `json:"state"`
	Org    string           `json:"org"`
	Repo   string           `json:"repo"`
	All    bool             `json:"all"`
	Forge  change.Forge     `json:"forge"`
	For    string           `json:"for"`
	Reason string           `json:"reason"`
	Actor  string           `json:"actor"`
}

// switchGate carries out a POST. The actor is who signed in; without sign-in who the caller says it is, and from where it called.
func switchGate(w http.ResponseWriter, r *http.Request, gates GateSwitch, log func(string, ...any)) {
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// A client that went away is not worth a log line.
		_ = json.NewEncoder(w).Encode(body)
	}
	refuse := func(status int, what, remedy string) {
		answer(status, map[string]string{"error": what, "remedy": remedy})
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		refuse(http.StatusUnsupportedMediaType, "the body is JSON", "send it with Content-Type: application/json")
		return
	}
	var body gateRequest
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	in.DisallowUnknownFields()
	if err := in.Decode(&body); err != nil {
		refuse(http.StatusBadRequest, "the body cannot be read: "+err.Error(), "docs/overrides.md has an example")
		return
	}
	span, err := time.ParseDuration(cmp.Or(body.For, "0s"))
	if err != nil {
		refuse(http.StatusBadRequest, fmt.Sprintf("for: %q is no span", body.For), "write it as 30m or 2h")
		return
	}
	request := gateswitch.Request{State: body.State, Org: body.Org, Repo: body.Repo, All: body.All, Forge: body.Forge, For: span,
		Reason: body.Reason, Actor: caller(r, body.Actor)}
	if what, remedy := request.Check(); what != "" {
		refuse(http.StatusBadRequest, what, remedy)
		return
	}
	s, err := gates.SwitchGate(r.Context(), request)
	var both *change.Ambiguous
	switch {
	case errors.As(err, &both):
		refuse(http.StatusConflict, both.Error(), `say which with "forge": "github" or "gitlab"`)
		return
	case errors.Is(err, change.ErrNotFound):
		refuse(http.StatusNotFound, fmt.Sprintf("no event told of %s%s yet", body.Org, body.Repo), "write its name as on the forge")
		return
	case err != nil:
		log("the gate could not be switched", "error", err.Error())
		refuse(http.StatusInternalServerError, "the gate could not be switched", "look at the log")
		return
	}
	log("the gate was switched", "to", string(request.State), "of", body.Org+body.Repo, "by", request.Actor)
	answer(http.StatusOK, map[string]any{"switch": s})
}

// caller names whoever called the admin listener: who signed in, else the name that was given and the address.
func caller(r *http.Request, name string) string {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = r.RemoteAddr
	}
	if g, ok := access.Of(r.Context()); ok {
		return g.Named()
	}
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	if len(name) > 100 {
		name = name[:100]
	}
	return strings.TrimSpace(name + " (admin listener, " + from + ")")
}

// gateBanner announces the operator's switch on the page of a change whose verdict it turned.
func gateBanner(s gateswitch.Switch) banner {
	b := banner{Class: "warn", Title: "The gate of " + s.Scope.Name + " is open",
		Text: "What the rules refuse passes until " + clock(s.Until) + ". " + s.Actor + " switched it: " + s.Reason}
	if s.State == gateswitch.Closed {
		b.Class, b.Title = "bad", "The gate of "+s.Scope.Name+" is closed"
		b.Text = "Nothing passes until " + clock(s.Until) + ". " + s.Actor + " switched it: " + s.Reason
	}
	return b
}
