package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/organisation"
)

// traits are what GitHub says of a repository beside its content; nil when it says nothing. Lists of installations and
// short payloads leave some out.
func traits(visibility string, topics []string, properties map[string]any) *change.Traits {
	if visibility == "" && topics == nil && properties == nil {
		return nil
	}
	t := &change.Traits{Visibility: visibility, Topics: topics}
	if properties == nil {
		return t
	}
	t.Properties = map[string][]string{}
	for name, value := range properties {
		switch v := value.(type) {
		case string:
			t.Properties[name] = []string{v}
		case []any:
			for _, x := range v {
				t.Properties[name] = append(t.Properties[name], fmt.Sprint(x))
			}
		}
	}
	return t
}

// above adds what holds above the repository.
func (rd *reading) above(ctx context.Context) (err error) {
	if rd.Organisation != nil {
		rd.s.Controls.Organisation, err = rd.Organisation(ctx, rd.r.Ref)
	}
	return err
}

// errNoFile is a place where something else stands than a file, or a file that is larger than an organisation's may be.
var errNoFile = errors.New("it is no plain file of the size that is read")

// OrganisationFile reads an organisation's file: its repository, the tip of the default branch, and the file there. A
// repository that is not there, or not shown to the App, is *change.Gone.
// https://docs.github.com/en/rest/repos/contents#get-repository-content
func (f *Forge) OrganisationFile(ctx context.Context, installation int64, owner, name, path string) (organisation.Found, error) {
	client, where := f.installation(installation), owner+"/"+name
	raw, _, err := client.Repositories.Get(ctx, owner, name)
	if err != nil {
		return organisation.Found{}, f.goneIfMissing("read repository "+where, err)
	}
	if raw.GetID() == 0 || raw.GetDefaultBranch() == "" || raw.GetOwner().GetID() == 0 {
		return organisation.Found{}, emptyAnswer("read repository " + where)
	}
	found := organisation.Found{Repository: toRepository(raw)}
	var branch struct {
		Commit struct {
			SHA string `json:"sha"`
		} `json:"commit"`
	}
	_, err = f.getJSON(ctx, client, fmt.Sprintf("repos/%s/%s/branches/%s", owner, name, url.PathEscape(raw.GetDefaultBranch())), &branch)
	if err != nil {
		return found, f.answer("read branch "+raw.GetDefaultBranch()+" of "+where, err)
	}
	if found.Commit = branch.Commit.SHA; found.Commit == "" {
		return found, emptyAnswer("read branch " + raw.GetDefaultBranch() + " of " + where)
	}
	found.File, err = f.contents(ctx, installation, owner, name, path, found.Commit)
	return found, err
}

// Repository reads what GitHub says of a repository, its custom properties included.
func (f *Forge) Repository(ctx context.Context, installation int64, owner, name string) (change.Repository, error) {
	client := f.installation(installation)
	raw, _, err := client.Repositories.Get(ctx, owner, name)
	if err != nil {
		return change.Repository{}, f.goneIfMissing("read repository "+owner+"/"+name, err)
	}
	if raw.GetID() == 0 {
		return change.Repository{}, emptyAnswer("read repository " + owner + "/" + name)
	}
	return toRepository(raw), nil
}

// contents reads a file at a commit; it is nil when the commit has no such file.
func (f *Forge) contents(ctx context.Context, installation int64, owner, name, path, commit string) (*change.File, error) {
	doing := fmt.Sprintf("read %s of %s/%s at %s", path, owner, name, change.Short(commit))
	var raw struct {
		Type     string `json:"type"`
		Encoding string `json:"encoding"`
		Content  string `json:"content"`
		SHA      string `json:"sha"`
		Size     int64  `json:"size"`
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	_, err := f.getJSON(ctx, f.installation(installation),
		fmt.Sprintf("repos/%s/%s/contents/%s?ref=%s", owner, name, escaped, commit), &raw)
	if r := responded(err); r != nil && missing(r.StatusCode) && byGitHub(r) { //nolint:bodyclose // the client has read and closed it
		return nil, nil
	}
	if err != nil {
		return nil, f.answer(doing, err)
	}
	if raw.Type == "" || raw.SHA == "" {
		return nil, emptyAnswer(doing)
	}
	if raw.Type != "file" || raw.Encoding != "base64" || raw.Size > controls.MaxSettings {
		return nil, fmt.Errorf("%s: %w", doing, errNoFile)
	}
	body, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(raw.Content, "\n", ""))
	if err != nil || !isBlob(body, raw.SHA) {
		return nil, emptyAnswer(doing)
	}
	return &change.File{Path: path, Blob: raw.SHA, Size: int64(len(body)), Content: body}, nil
}
