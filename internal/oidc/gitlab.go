package oidc

import (
	"fmt"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/upload"
)

// BelieveGitLab has the verifier believe the jobs of one GitLab too: its address, which is what its tokens name as their
// issuer. Empty believes none.
func (v *Verifier) BelieveGitLab(address string) *Verifier {
	if address != "" {
		v.gitLab, v.issuers = address, append(v.issuers[:len(v.issuers):len(v.issuers)], address)
	}
	return v
}

// gitLabClaims reads what a job of GitLab CI proves. Ids are text; "sub" can be set by owners and is not read.
// https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
func gitLabClaims(token *oidc.IDToken, issuer string, now time.Time) (upload.Claims, error) {
	const remedy = "let the job have an id_token of this GitLab with this server's audience"
	var c struct {
		ID       string `json:"jti"`
		Project  string `json:"project_id"`
		Path     string `json:"project_path"`
		Ref      string `json:"ref"`
		SHA      string `json:"sha"`
		Source   string `json:"pipeline_source"`
		Pipeline string `json:"pipeline_id"`
		Job      string `json:"job_id"`
	}
	if err := token.Claims(&c); err != nil {
		return upload.Claims{}, &upload.Refusal{Reason: upload.Unauthorised, What: "the token's claims are not those of GitLab CI",
			Remedy: remedy, Err: fmt.Errorf("read claims: %w", err)}
	}
	project, err := strconv.ParseInt(c.Project, 10, 64)
	switch {
	case err != nil || project <= 0:
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, remedy, "the token does not name a project by its id")
	case c.ID == "" || len(c.ID) > 200 || token.Expiry.After(now.Add(longest)):
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, remedy, "the token has no id, or lives too long")
	}
	return upload.Claims{
		Nonce: upload.Nonce{Issuer: issuer, ID: c.ID, Expires: token.Expiry},
		Forge: change.GitLab, RepoID: project, Repository: c.Path,
		Event: c.Source, Ref: c.Ref, SHA: c.SHA, Run: c.Pipeline, Attempt: 1, Job: c.Job,
	}, nil
}
