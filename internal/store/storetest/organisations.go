package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/organisation"
)

// organisations is what is remembered of organisations' files.
type organisations interface {
	Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error)
	NoteAbove(ctx context.Context, forge change.Forge, repo int64, groups []int64) error
	OwnedBy(ctx context.Context, forge change.Forge, owner int64) ([]drift.Repository, error)
	Retargeted(ctx context.Context, forge change.Forge) ([]organisation.Moved, error)
	SettleRetargeted(ctx context.Context, forge change.Forge, repo, times int64) error
	SaveOrganisation(ctx context.Context, st organisation.State, entries ...audit.Entry) error
	Above(ctx context.Context, forge change.Forge, repo int64, groups []int64) (organisation.State, change.Traits, error)
	KeepOrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string, body []byte) error
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
}

// owner is the id of the organisation that the cases are about.
const owner = 41

var organisationCases = map[string]func(*testing.T, *Rig){
	"the topmost group with a file speaks, whatever the groups are called": func(t *testing.T, r *Rig) {
		see := func(id, owner int64, path string) {
			t.Helper()
			group, name, _ := change.SplitName(path)
			_, err := r.Admit(ctx(), delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitLab}, Outcome: delivery.Accepted,
				Seen: []delivery.Seen{{Forge: change.GitLab, Connection: 1, Repository: change.Repository{
					ID: id, OwnerID: owner, Owner: group, Name: name, DefaultBranch: "main"}}}})
			r.fatal(err)
		}
		const top, sub, other, shop = 50, 51, 52, 3
		see(1, top, "acme/lintel-settings")
		see(shop, 0, "acme/tools/shop") // a webhook names no group by its number
		version := &organisation.Version{Commit: "c", Blob: "b"}
		for _, st := range []organisation.State{
			{OwnerID: top, Login: "acme"},
			{OwnerID: sub, Login: "acme/tools", InForce: version},
			{OwnerID: other, Login: "other", Unknown: true},
		} {
			st.Forge = change.GitLab
			r.fatal(r.SaveOrganisation(ctx(), st))
		}
		above := func(groups ...int64) string {
			t.Helper()
			st, _, err := r.Above(ctx(), change.GitLab, shop, groups)
			r.fatal(err)
			return st.Login
		}
		look := func(groups ...int64) { r.fatal(r.NoteAbove(ctx(), change.GitLab, shop, groups)) }
		owned := func(owner int64) (ids []int64) {
			t.Helper()
			all, err := r.OwnedBy(ctx(), change.GitLab, owner)
			r.fatal(err)
			for _, known := range all {
				ids = append(ids, known.ID)
			}
			return ids
		}
		moved := func() bool {
			t.Helper()
			all, err := r.Retargeted(ctx(), change.GitLab)
			r.fatal(err)
			return slices.ContainsFunc(all, func(m organisation.Moved) bool { return m.RepoID == shop && m.Elsewhere })
		}
		if got := above(); got != "" || moved() {
			t.Errorf("never looked at: %q", got)
		}
		look(sub, top)
		if got := above(); got != "acme/tools" {
			t.Errorf("the group above has no file: %q", got)
		}
		if got := above(sub, other); got != "other" {
			t.Errorf("the group above may have a file: %q", got)
		}
		all, err := r.Organisations(ctx(), change.GitLab)
		r.fatal(err)
		all[0].InForce = version
		r.fatal(r.SaveOrganisation(ctx(), all[0]))
		if got := []string{above(), above(sub, top), above(sub), above(5)}; !slices.Equal(got, []string{"acme", "acme", "acme/tools", ""}) {
			t.Errorf("both have a file: %q", got)
		}
		if got := owned(top); !slices.Equal(got, []int64{1, shop}) {
			t.Errorf("the group above owns %v", got)
		}
		if got, none := owned(sub), owned(0); !slices.Equal(got, []int64{shop}) || none != nil {
			t.Errorf("the group below owns %v, and none owns %v", got, none)
		}
		if see(shop, 0, "umbrella/tools/shop"); !moved() || len(owned(top)) != 1 {
			t.Error("it moved, and is taken for what it was")
		}
		if look(sub, top); moved() || len(owned(top)) != 2 {
			t.Error("a look does not tell where it is")
		}
	},
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
			_, got, err := r.Above(ctx(), change.GitHub, 90, nil)
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
		if st, _, err := r.Above(ctx(), change.GitHub, 90, nil); err != nil || st.Login != "acme" {
			t.Errorf("the owner's state: %+v, %v", st, err)
		}
		if st, _, err := r.Above(ctx(), change.GitHub, 91, nil); err != nil || st.Login != "" {
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
