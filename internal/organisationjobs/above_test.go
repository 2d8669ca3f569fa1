package organisationjobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/organisation"
)

// record has one state above every repository.
type record struct {
	st    organisation.State
	noted []int64
}

func (r *record) Above(context.Context, change.Forge, int64, []int64) (organisation.State, change.Traits, error) {
	return r.st, change.Traits{}, nil
}

func (r *record) NoteAbove(_ context.Context, _ change.Forge, _ int64, groups []int64) error {
	r.noted = groups
	return nil
}

func (r *record) OrganisationFile(context.Context, change.Forge, int64, string) ([]byte, error) {
	return nil, nil
}

// TestAFileThatWasNeverRead: while there may be a floor of which nobody knows what it asks for, nothing is judged; a
// version that was read once, an empty place, and a repository that is gone are no such doubt.
func TestAFileThatWasNeverRead(t *testing.T) {
	r := &record{}
	judged := func(what string, want bool) {
		t.Helper()
		a := NewAbove(r, nil)
		for name, ask := range map[string]func() (*change.Organisation, error){
			"GitHub": func() (*change.Organisation, error) { return a.Of(t.Context(), change.Ref{}) },
			"GitLab": func() (*change.Organisation, error) { return a.Within(t.Context(), change.Ref{}, []int64{7}) },
		} {
			_, err := ask()
			if _, unread := errors.AsType[*change.Unread](err); unread == want || err != nil && !unread {
				t.Errorf("%s, %s: judged is not %v: %v", what, name, want, err)
			}
		}
		if _, err := a.Known(t.Context(), change.Ref{}); err != nil {
			t.Errorf("%s: what is known: %v", what, err)
		}
	}
	judged("nothing is known", true)
	r.st.Doubt(true)
	judged("it could not be read", false)
	r.st.Doubt(false)
	judged("its repository is gone", true)
	r.st.Doubt(true)
	r.st.Read(organisation.Reading{Login: "acme", Place: "acme/lintel-settings:lintel.yml", Commit: "c", At: time.Unix(1, 0)})
	judged("there is no file", true)
	r.st.Doubt(true)
	judged("there was no file, and now nobody knows", true)
	if len(r.noted) != 1 || r.noted[0] != 7 {
		t.Errorf("the groups noted are %v", r.noted)
	}
}
