package gitlab

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// keysPath is where the issuer's keys are published; discovery names it.
const keysPath = "/oauth/discovery/keys"

// serveIssuer answers discovery and the keys of CI jobs' tokens; false when the path is neither.
func (l *Lab) serveIssuer(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		send(w, answer{status: http.StatusOK, body: object{
			"issuer": l.URL(), "jwks_uri": l.URL() + keysPath, "authorization_endpoint": l.URL() + "/oauth/authorize",
			"token_endpoint": l.URL() + "/oauth/token", "response_types_supported": []string{"code"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
			"claims_supported": []string{"iss", "sub", "aud", "exp", "iat"}, "scopes_supported": []string{"api", "openid"},
		}})
		return true
	case keysPath:
		return l.issuer.Serve(w, "/.well-known/jwks", l.URL())
	}
	return false
}

// IDToken is the token that a job of a pipeline gets for an audience (id_tokens). Every claim but runner_id is text, and
// none names the merge request. change may spoil the claims before they are signed; nil leaves them.
func (l *Lab) IDToken(id, pipeline int64, job, audience string, change func(claims map[string]any)) (token string, err error) {
	err = l.locked(id, func(p *project) error {
		for _, x := range p.pipelines {
			for _, j := range x.jobs {
				if x.id != pipeline || j.name != job || j.retried {
					continue
				}
				claims := l.claims(x, j, audience)
				if change != nil {
					change(claims)
				}
				token, err = l.issuer.Sign(claims)
				return err
			}
		}
		return fmt.Errorf("pipeline %d of %s has no job %q", pipeline, p.path, job)
	})
	return token, err
}

// tokenTime is how long a job's token lives when the job says no timeout.
const tokenTime = 5 * time.Minute

// [?] Claims of `id_tokens` in merged results: `ref` is the source branch, `ref_path` the reference of the
// merge.
func (l *Lab) claims(x *pipeline, j *job, audience string) map[string]any {
	p, now := x.project, l.now()
	ref, path := x.ref, "refs/heads/"+x.ref
	if x.request != nil {
		ref, path = x.request.sourceRef, x.ref
	}
	namespace := l.namespaceShape(p)
	text := func(id any) string { return fmt.Sprint(id) }
	return map[string]any{
		"iss": l.URL(), "aud": audience, "sub": "project_path:" + p.path + ":ref_type:branch:ref:" + ref, "jti": uuid(), "iat": now.Unix(),
		"nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(tokenTime).Unix(), "namespace_id": text(namespace["id"]),
		"namespace_path": namespace["full_path"], "project_id": text(p.id), "project_path": p.path, "project_visibility": p.visibility,
		"user_id": text(j.user.id), "user_login": j.user.username, "user_email": j.user.email,
		"user_access_level": strings.ToLower(
			levelName(l.level(p, j.user)),
		), "pipeline_id": text(x.id), "pipeline_source": x.source,
		"job_id": text(j.id), "ref": ref, "ref_type": "branch", "ref_path": path, "ref_protected": text(p.protection(ref) != nil),
		"sha": x.sha, "runner_id": 1, "runner_environment": "gitlab-hosted", "ci_config_sha": x.sha,
		"ci_config_ref_uri": strings.TrimPrefix(strings.TrimPrefix(l.URL(), "https://"),
			"http://") + "/" + p.path + "//.gitlab-ci.yml@" + path,
	}
}

// RotateKeys makes a new key that signs from now on; the old ones stay published unless forget is true.
func (l *Lab) RotateKeys(forget bool) error { return l.issuer.Rotate(forget) }
