package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/organisation"
)

// organisations is what is remembered of organisations' files.
type organisations interface {
	Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error)
	Retargeted(ctx context.Context, forge change.Forge) ([]organisation.Moved, error)
	SettleRetargeted(ctx context.Context, forge change.Forge, repo, times int64) error
	SaveOrganisation(ctx context.Context, st organisation.State, entries ...audit.Entry) error
	Above(ctx context.Context, forge change.Forge, repo int64) (organisation.State, change.Traits, error)
	KeepOrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string, body []byte) error
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
}

// owner is the id of the organisation that the cases are about.
const owner = 41

var organisationCases = map[string]func(*testing.T, *Rig){
	"of two saves of one revision the second is refused": func(t *testing.T, r *Rig) {
		st := organisation.State{Forge: change.GitHub, OwnerID: owner, Login: "acme"}
		r.fatal(r.SaveOrganisation(ctx(), st, audit.Entry{Act: organisation.Landed, Actor: "lintel"}))
		if err := r.SaveOrganisation(ctx(), st, audit.Entry{Act: organisation.Landed, Actor: "lintel"}); err == nil {
			t.Error("an old revision was saved over a newer one")
		}
		r.verifies(1)
		all, err := r.Organisations(ctx(), change.GitHub)
		if err != nil || len(all) != 1 || all[0].Revision != 1 || all[0].Login != "acme" {
			t.Errorf("the organisations are %+v, %v", all, err)
		}
		r.fatal(r.SaveOrganisation(ctx(), all[0]))
	},
	"what targets go by is acted on once, and again when it changes meanwhile": func(t *testing.T, r *Rig) {
		see := func(name string, traits *change.Traits) {
			t.Helper()
			_, err := r.Admit(ctx(), delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub}, Outcome: delivery.Accepted,
				Seen: []delivery.Seen{{Forge: change.GitHub, Connection: 3, Repository: change.Repository{
					ID: 90, Owner: "acme", OwnerID: owner, Name: name, Traits: traits}}}})
			r.fatal(err)
		}
		moved := func() []organisation.Moved {
			t.Helper()
			all, err := r.Retargeted(ctx(), change.GitHub)
			r.fatal(err)
			return all
		}
		settle := func() {
			t.Helper()
			for _, m := range moved() {
				r.fatal(r.SettleRetargeted(ctx(), change.GitHub, m.RepoID, m.Times))
			}
		}
		see("pay", &change.Traits{Topics: []string{"money"}})
		settle()
		see("pay", &change.Traits{Topics: []string{"money"}})
		if all := moved(); len(all) > 0 {
			t.Errorf("nothing changed: %+v", all)
		}
		see("pay", &change.Traits{Topics: []string{}})
		was := moved()
		if len(was) != 1 || was[0].RepoID != 90 || was[0].OwnerID != owner || was[0].Connection != 3 {
			t.Fatalf("another topic: %+v", was)
		}
		see("till", nil)
		r.fatal(r.SettleRetargeted(ctx(), change.GitHub, 90, was[0].Times))
		if all := moved(); len(all) != 1 || all[0].Times != was[0].Times+1 {
			t.Errorf("another name after that was read: %+v", all)
		}
		settle()
		if all := moved(); len(all) > 0 {
			t.Errorf("acted on: %+v", all)
		}
	},
	"what an event does not say of a repository stays": func(t *testing.T, r *Rig) {
		see := func(traits *change.Traits) change.Traits {
			t.Helper()
			a := delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub}, Outcome: delivery.Accepted}
			a.Seen = []delivery.Seen{{Forge: change.GitHub, Connection: 3, Repository: change.Repository{
				ID: 90, Owner: "acme", OwnerID: owner, Name: "pay", Private: true, Traits: traits}}}
			_, err := r.Admit(ctx(), a)
			r.fatal(err)
			_, got, err := r.Above(ctx(), change.GitHub, 90)
			r.fatal(err)
			return got
		}
		if got := see(nil); got.Visibility != "" || got.Topics != nil || got.Properties != nil {
			t.Errorf("nothing was said: %+v", got)
		}
		see(&change.Traits{Visibility: "internal", Topics: []string{}, Properties: map[string][]string{"tier": {"high"}}})
		got := see(&change.Traits{Topics: []string{"money"}})
		if got.Visibility != "internal" || !slices.Equal(got.Topics, []string{"money"}) || got.Properties["tier"][0] != "high" {
			t.Errorf("after a list without properties: %+v", got)
		}
		if got = see(&change.Traits{Topics: []string{}}); got.Topics == nil || len(got.Topics) != 0 {
			t.Errorf("no topics are not known topics: %+v", got)
		}
		r.fatal(r.SaveOrganisation(ctx(), organisation.State{Forge: change.GitHub, OwnerID: owner, Login: "acme"}))
		if st, _, err := r.Above(ctx(), change.GitHub, 90); err != nil || st.Login != "acme" {
			t.Errorf("the owner's state: %+v, %v", st, err)
		}
		if st, _, err := r.Above(ctx(), change.GitHub, 91); err != nil || st.Login != "" {
			t.Errorf("a repository that nobody knows: %+v, %v", st, err)
		}
	},
	"a version is kept by its blob": func(t *testing.T, r *Rig) {
		r.fatal(r.KeepOrganisationFile(ctx(), change.GitHub, owner, "b1", []byte("version: 1\n")))
		r.fatal(r.KeepOrganisationFile(ctx(), change.GitHub, owner, "b1", []byte("version: 1\n")))
		if body, err := r.OrganisationFile(ctx(), change.GitHub, owner, "b1"); err != nil || string(body) != "version: 1\n" {
			t.Errorf("the version is %q, %v", body, err)
		}
		if _, err := r.OrganisationFile(ctx(), change.GitHub, owner+1, "b1"); err == nil {
			t.Error("another owner's version is given")
		}
	},
}
