package gitlab

import (
	"cmp"
	"fmt"
	"strings"
)

func getProject(l *Lab, c *call) (any, error) { return l.projectShape(c.project, c.who.user), nil }

func (l *Lab) projectShape(p *project, asker *user) object {
	s := p.settings
	url := l.URL() + "/" + p.path
	builds := "enabled"
	if s.NoJobs {
		builds = "disabled"
	}
	out := object{
		"id": p.id, "description": orNull(p.description), "name": p.name, "name_with_namespace": strings.ReplaceAll(p.path, "/", " / "),
		"path": last(p.path), "path_with_namespace": p.path, "created_at": stamp(p.created), "updated_at": stamp(p.updated),
		"last_activity_at": stamp(
			p.updated,
		), "default_branch": p.defaultBranch, "topics": []string{}, "ssh_url_to_repo": l.sshURL(p),
		"http_url_to_repo": url + ".git", "web_url": url, "readme_url": nil, "avatar_url": nil, "forks_count": 0, "star_count": 0,
		"namespace": l.namespaceShape(
			p,
		), "empty_repo": len(p.git.RefNames("refs/heads/")) == 0, "archived": p.archived, "visibility": p.visibility,
		"creator_id": 1, "import_status": "none", "merge_method": cmp.Or(s.MergeMethod, "merge"),
		"squash_option": cmp.Or(s.SquashOption, "default_off"), "merge_commit_template": orNull(s.MergeCommitTemplate),
		"squash_commit_template": orNull(
			s.SquashCommitTemplate,
		), "ci_config_path": orNull(s.CIConfigPath), "builds_access_level": builds,
		"merge_requests_access_level": "enabled", "repository_access_level": "enabled",
		"only_allow_merge_if_pipeline_succeeds":            s.OnlyIfPipelineSucceeds,
		"allow_merge_on_skipped_pipeline":                  s.AllowSkippedPipeline,
		"only_allow_merge_if_all_discussions_are_resolved": s.OnlyIfThreadsResolved,
		"ci_allow_fork_pipelines_to_run_in_parent_project": s.ForkPipelinesInParent, "request_access_enabled": true,
		"remove_source_branch_after_merge": true, "shared_runners_enabled": true, "lfs_enabled": true,
		"shared_with_groups": p.sharesShape(),
		"permissions":        l.permissions(p, asker),
		"_links":             object{"self": fmt.Sprintf("%s/api/v4/projects/%d", l.URL(), p.id)},
	}
	if p.fork != nil {
		f := p.fork
		out["forked_from_project"] = object{
			"id":                  f.id,
			"name":                f.name,
			"name_with_namespace": strings.ReplaceAll(f.path, "/", " / "),
			"path": last(
				f.path,
			),
			"path_with_namespace": f.path,
			"http_url_to_repo":    l.URL() + "/" + f.path + ".git",
			"web_url":             l.URL() + "/" + f.path,
		}
	}
	if l.has(Premium) {
		out["merge_pipelines_enabled"], out["merge_trains_enabled"] = s.MergePipelines, s.MergeTrains
		out["merge_trains_skip_train_allowed"] = false
	}
	if l.has(Ultimate) {
		out["only_allow_merge_if_all_status_checks_passed"] = s.OnlyIfStatusChecksPassed
	}
	return out
}

func (l *Lab) sshURL(p *project) string {
	_, host, _ := strings.Cut(l.URL(), "://")
	return "git@" + host + ":" + p.path + ".git"
}

func (p *project) sharesShape() []any {
	out := []any{}
	for _, s := range p.shares {
		out = append(
			out,
			object{
				"group_id":           s.group.id,
				"group_name":         s.group.name,
				"group_full_path":    s.group.path,
				"group_access_level": s.level,
			},
		)
	}
	return out
}

func (l *Lab) namespaceShape(p *project) object {
	if p.group == nil {
		return object{
			"id":         p.owner.id,
			"name":       p.owner.name,
			"path":       p.owner.username,
			"kind":       "user",
			"full_path":  p.owner.username,
			"parent_id":  nil,
			"avatar_url": l.avatar(p.owner),
			"web_url":    l.URL() + "/" + p.owner.username,
		}
	}
	g := p.group
	parent := any(nil)
	if g.parent != nil {
		parent = g.parent.id
	}
	return object{"id": g.id, "name": g.name, "path": last(g.path), "kind": "group", "full_path": g.path, "parent_id": parent,
		"avatar_url": nil, "web_url": l.URL() + "/groups/" + g.path}
}

// permissions are the asker's direct membership and that of the groups above.
func (l *Lab) permissions(p *project, asker *user) object {
	out := object{"project_access": nil, "group_access": nil}
	if asker == nil {
		return out
	}
	if level := levelIn(p.members, asker); level > 0 {
		out["project_access"] = object{"access_level": level, "notification_level": 3}
	}
	if p.group != nil {
		if level := p.group.level(asker); level > 0 {
			out["group_access"] = object{"access_level": level, "notification_level": 3}
		}
	}
	return out
}

func listProjects(l *Lab, c *call) (any, error) {
	return l.pageProjects(c, func(p *project) bool { return !c.flag("membership") || l.level(p, c.who.user) > 0 }), nil
}

func listGroupProjects(l *Lab, c *call) (any, error) {
	return l.pageProjects(c, func(p *project) bool {
		return p.group == c.group || (c.flag("include_subgroups") && within(p.path, c.group.path))
	}), nil
}

func (l *Lab) pageProjects(c *call, keep func(*project) bool) []any {
	least := int(c.number("min_access_level"))
	archived, filtered := c.text("archived")
	out := []any{}
	for _, id := range sortedKeys(l.projects) {
		p := l.projects[id]
		if l.sees(p, c.who) && keep(p) && (least == 0 || l.level(p, c.who.user) >= least) &&
			(!filtered || fmt.Sprint(p.archived) == archived) {
			out = append(out, l.projectShape(p, c.who.user))
		}
	}
	if mode, _ := c.text("pagination"); mode == "keyset" {
		return c.keyset(out, func(e any) string { return fmt.Sprint(e.(object)["id"]) })
	}
	return c.page(out)
}

func listLabels(_ *Lab, c *call) (any, error) {
	out := []any{}
	for _, x := range c.project.labels {
		out = append(out, labelShape(x))
	}
	return c.page(out), nil
}

func getVersionOfLab(l *Lab, _ *call) (any, error) {
	enterprise := "-ee"
	if !l.has(Premium) {
		enterprise = ""
	}
	return object{"version": l.opt.Version + ".0" + enterprise, "revision": "0123456789a"}, nil
}

func getMetadata(l *Lab, c *call) (any, error) {
	v, err := getVersionOfLab(l, c)
	out, _ := v.(object)
	out["enterprise"] = !l.opt.Community
	out["kas"] = object{"enabled": false, "externalUrl": nil, "version": nil}
	return out, err
}
