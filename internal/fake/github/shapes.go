package github

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The functions here give things GitHub's shape: schemas simple-user, full-repository and so on of its OpenAPI document.
// All of them are called with Hub.mu held.

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// stampOrNull is null for a time that has not come.
func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// nodeID has the form of GitHub's global ids: a prefix for the kind, then opaque text.
func nodeID(kind string, id int64) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString([]byte("lp"+strconv.FormatInt(id, 36)))
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (h *Hub) user(u *account) any {
	if u == nil {
		return nil
	}
	web := h.URL()
	api := web + "/users/" + url.PathEscape(u.login)
	page := web + "/" + u.login
	if u.kind == "Bot" {
		page = web + "/apps/" + strings.TrimSuffix(u.login, "[bot]")
	}
	return &simpleUser{
		Login: u.login, ID: u.id, NodeID: nodeID("U", u.id), AvatarURL: web + "/avatars/" + strconv.FormatInt(u.id, 10), URL: api,
		HTMLURL: page, FollowersURL: api + "/followers", FollowingURL: api + "/following{/other_user}", GistsURL: api + "/gists{/gist_id}",
		StarredURL: api + "/starred{/owner}{/repo}", SubscriptionsURL: api + "/subscriptions", OrganizationsURL: api + "/orgs",
		ReposURL: api + "/repos", EventsURL: api + "/events{/privacy}", ReceivedEventsURL: api + "/received_events", Type: u.kind,
		ViewType: "public",
	}
}

// simpleUser is schema simple-user. Most answers hold some: a struct is written several times faster than a map.
type simpleUser struct {
	AvatarURL         string `json:"avatar_url"`
	EventsURL         string `json:"events_url"`
	FollowersURL      string `json:"followers_url"`
	FollowingURL      string `json:"following_url"`
	GistsURL          string `json:"gists_url"`
	GravatarID        string `json:"gravatar_id"`
	HTMLURL           string `json:"html_url"`
	ID                int64  `json:"id"`
	Login             string `json:"login"`
	NodeID            string `json:"node_id"`
	OrganizationsURL  string `json:"organizations_url"`
	ReceivedEventsURL string `json:"received_events_url"`
	ReposURL          string `json:"repos_url"`
	SiteAdmin         bool   `json:"site_admin"`
	StarredURL        string `json:"starred_url"`
	SubscriptionsURL  string `json:"subscriptions_url"`
	Type              string `json:"type"`
	URL               string `json:"url"`
	ViewType          string `json:"user_view_type"`
}

// fields are what an answer adds more to.
func (u *simpleUser) fields() object {
	return object{
		"login": u.Login, "id": u.ID, "node_id": u.NodeID, "avatar_url": u.AvatarURL, "gravatar_id": "", "url": u.URL,
		"html_url": u.HTMLURL, "followers_url": u.FollowersURL,
		"following_url": u.FollowingURL, "gists_url": u.GistsURL, "starred_url": u.StarredURL,
		"subscriptions_url": u.SubscriptionsURL, "organizations_url": u.OrganizationsURL, "repos_url": u.ReposURL,
		"events_url": u.EventsURL, "received_events_url": u.ReceivedEventsURL, "type": u.Type, "site_admin": false,
		"user_view_type": u.ViewType,
	}
}

func (h *Hub) organization(u *account) object {
	api := h.URL() + "/orgs/" + u.login
	return object{
		"login": u.login, "id": u.id, "node_id": nodeID("O", u.id), "url": api, "repos_url": api + "/repos",
		"events_url": api + "/events", "hooks_url": api + "/hooks", "issues_url": api + "/issues",
		"members_url": api + "/members{/member}", "public_members_url": api + "/public_members{/member}",
		"avatar_url": h.URL() + "/avatars/" + strconv.FormatInt(u.id, 10), "description": nil,
	}
}

func (h *Hub) repoURL(r *repository) string { return h.URL() + "/repos/" + r.fullName() }

// repository is schema repository, with what push events need as well. Who asks decides about merge settings.
func (h *Hub) repository(r *repository) object {
	api, web := h.repoURL(r), h.URL()+"/"+r.fullName()
	host := strings.TrimPrefix(strings.TrimPrefix(h.URL(), "http://"), "https://")
	open := len(r.open)
	visibility := "public"
	if r.private {
		visibility = "private"
	}
	return object{
		"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": r.fullName(), "private": r.private,
		"owner": h.user(r.owner), "html_url": web, "description": orNull(r.description), "fork": r.fork != nil, "url": api,
		"forks_url": api + "/forks", "keys_url": api + "/keys{/key_id}", "collaborators_url": api + "/collaborators{/collaborator}",
		"teams_url": api + "/teams", "hooks_url": api + "/hooks", "issue_events_url": api + "/issues/events{/number}",
		"events_url": api + "/events", "assignees_url": api + "/assignees{/user}", "branches_url": api + "/branches{/branch}",
		"tags_url": api + "/tags", "blobs_url": api + "/git/blobs{/sha}", "git_tags_url": api + "/git/tags{/sha}",
		"git_refs_url": api + "/git/refs{/sha}", "trees_url": api + "/git/trees{/sha}", "statuses_url": api + "/statuses/{sha}",
		"languages_url": api + "/languages", "stargazers_url": api + "/stargazers", "contributors_url": api + "/contributors",
		"subscribers_url": api + "/subscribers", "subscription_url": api + "/subscription", "commits_url": api + "/commits{/sha}",
		"git_commits_url": api + "/git/commits{/sha}", "comments_url": api + "/comments{/number}",
		"issue_comment_url": api + "/issues/comments{/number}", "contents_url": api + "/contents/{+path}",
		"compare_url": api + "/compare/{base}...{head}", "merges_url": api + "/merges", "archive_url": api + "/{archive_format}{/ref}",
		"downloads_url": api + "/downloads", "issues_url": api + "/issues{/number}", "pulls_url": api + "/pulls{/number}",
		"milestones_url": api + "/milestones{/number}", "notifications_url": api + "/notifications{?since,all,participating}",
		"labels_url": api + "/labels{/name}", "releases_url": api + "/releases{/id}", "deployments_url": api + "/deployments",
		"created_at": stamp(r.created), "updated_at": stamp(r.updated), "pushed_at": stamp(r.pushed),
		"git_url": "git://" + host + "/" + r.fullName() + ".git", "ssh_url": "git@" + host + ":" + r.fullName() + ".git",
		"clone_url": web + ".git", "svn_url": web, "homepage": nil, "size": 0, "stargazers_count": 0, "watchers_count": 0,
		"language": nil, "has_issues": true, "has_projects": false, "has_downloads": true, "has_wiki": false, "has_pages": false,
		"has_discussions": false, "forks_count": 0, "mirror_url": nil, "archived": r.archived, "disabled": false,
		"open_issues_count": open, "license": nil, "allow_forking": true, "is_template": false,
		"web_commit_signoff_required": false, "topics": append([]string{}, r.topics...), "visibility": visibility,
		"forks": 0, "open_issues": open,
		"watchers": 0, "default_branch": r.defaultBranch, "custom_properties": properties(r),
	}
}

// properties are the custom properties of a repository.
func properties(r *repository) object {
	out := object{}
	for name, value := range r.properties {
		out[name] = value
	}
	return out
}

// fullRepository is what GET of one repository answers. Merge settings show only to those who can push.
func (h *Hub) fullRepository(a actor, r *repository) object {
	out := h.repository(r)
	out["network_count"], out["subscribers_count"], out["temp_clone_token"] = 0, 0, nil
	if r.owner.org != nil {
		out["organization"] = h.user(r.owner)
	}
	if r.fork != nil {
		out["parent"], out["source"] = h.repository(r.fork), h.repository(r.fork)
	}
	role := h.role(r, a.user)
	if a.user != nil {
		out["permissions"] = permissionFlags(role)
	} else if a.inst != nil {
		out["permissions"] = object{"admin": false, "maintain": false, "push": h.canPush(a, r), "triage": false, "pull": true}
	}
	if h.canPush(a, r) {
		mergeFields(out, r.merge)
	}
	return out
}

func mergeFields(out object, m MergeSettings) {
	out["allow_merge_commit"], out["allow_squash_merge"], out["allow_rebase_merge"] = m.Merge, m.Squash, m.Rebase
	out["allow_auto_merge"], out["delete_branch_on_merge"], out["allow_update_branch"] = m.AutoMerge, m.DeleteBranch, false
	out["squash_merge_commit_title"], out["squash_merge_commit_message"] = m.SquashTitle, m.SquashMessage
	out["merge_commit_title"], out["merge_commit_message"] = m.MergeTitle, m.MergeMessage
	out["use_squash_pr_title_as_default"] = m.SquashTitle == "PR_TITLE"
}

func permissionFlags(role int) object {
	return object{"admin": role >= rank("admin"), "maintain": role >= rank("maintain"), "push": role >= rank("push"),
		"triage": role >= rank("triage"), "pull": role >= rank("pull")}
}

func (h *Hub) team(org *account, t *team) object {
	api := fmt.Sprintf("%s/organizations/%d/team/%d", h.URL(), org.id, t.id)
	out := object{
		"id": t.id, "node_id": nodeID("T", t.id), "url": api, "html_url": h.URL() + "/orgs/" + org.login + "/teams/" + t.slug,
		"name": t.name, "slug": t.slug, "description": t.description, "privacy": t.privacy, "notification_setting": "notifications_enabled",
		"permission": "pull", "members_url": api + "/members{/member}", "repositories_url": api + "/repos",
		"type": "organization", "organization_id": org.id, "parent": nil,
	}
	if t.parent != nil {
		parent := h.team(org, t.parent)
		delete(parent, "parent")
		out["parent"] = parent
	}
	return out
}

func (h *Hub) fullTeam(org *account, t *team) object {
	out := h.team(org, t)
	out["created_at"], out["updated_at"] = stamp(t.created), stamp(t.created)
	out["members_count"], out["repos_count"] = len(t.members), len(t.repos)
	out["organization"] = h.fullOrganization(org)
	return out
}

func (h *Hub) fullOrganization(u *account) object {
	out := h.organization(u)
	for k, v := range (object{
		"html_url": h.URL() + "/" + u.login, "name": u.name, "has_organization_projects": false, "has_repository_projects": false,
		"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "type": "Organization",
		"created_at": stamp(u.created), "updated_at": stamp(u.created), "archived_at": nil,
	}) {
		out[k] = v
	}
	if u.org != nil {
		out["default_repository_permission"] = u.org.basePermission
	}
	return out
}

func (h *Hub) application(a *app) any {
	if a == nil {
		return nil
	}
	return object{
		"id": a.spec.ID, "slug": a.spec.Slug, "client_id": "Iv1.fakehub" + strconv.FormatInt(a.spec.ID, 10),
		"node_id": nodeID("A", a.spec.ID), "owner": h.user(a.owner), "name": a.spec.Name, "description": "",
		"external_url": h.URL(), "html_url": h.URL() + "/apps/" + a.spec.Slug, "created_at": stamp(a.created),
		"updated_at": stamp(a.created), "permissions": a.spec.Permissions, "events": a.spec.Events,
	}
}

func (h *Hub) installation(i *installation) object {
	selection := "selected"
	if i.all {
		selection = "all"
	}
	target := "User"
	page := h.URL() + "/settings/installations/"
	if i.account.org != nil {
		target, page = "Organization", h.URL()+"/organizations/"+i.account.login+"/settings/installations/"
	}
	id := strconv.FormatInt(i.id, 10)
	var by any
	if !i.suspended.IsZero() {
		by = h.user(i.account)
	}
	return object{
		"id": i.id, "client_id": "Iv1.fakehub" + strconv.FormatInt(i.app.spec.ID, 10), "account": h.user(i.account),
		"repository_selection": selection, "access_tokens_url": h.URL() + "/app/installations/" + id + "/access_tokens",
		"repositories_url": h.URL() + "/installation/repositories", "html_url": page + id, "app_id": i.app.spec.ID,
		"app_slug": i.app.spec.Slug, "target_id": i.account.id, "target_type": target, "permissions": i.permissions,
		"events": i.events, "created_at": stamp(i.created), "updated_at": stamp(i.created), "single_file_name": nil,
		"has_multiple_single_files": false, "single_file_paths": []string{}, "suspended_by": by, "suspended_at": stampOrNull(i.suspended),
	}
}
