package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// Access is who Lintel is on a GitLab.
type Access struct {
	User    string
	ID      int64
	Version string
	Scopes  []string
	// Ends is when the token ends; zero when it does not, or when GitLab does not say.
	Ends time.Time
}

// Access reads who Lintel is, and what its token allows. Scopes are empty where GitLab does not tell them.
func (f *Forge) Access(ctx context.Context) (Access, error) {
	u, _, err := f.client.Users.CurrentUser(within(ctx))
	if isMissing(err) {
		return Access{}, fmt.Errorf("read Lintel's own user: %w", &change.Unread{What: "GitLab's API is not at this address",
			Remedy: "check gitlab.url: write the address at which people see GitLab's first page", Err: err})
	}
	if err != nil {
		return Access{}, f.answer("read Lintel's own user", err)
	}
	a := Access{User: u.Username, ID: u.ID}
	if v, _, err := f.client.Version.GetVersion(within(ctx)); err == nil {
		a.Version = v.Version
	}
	if t, _, err := f.client.PersonalAccessTokens.GetSinglePersonalAccessToken(within(ctx)); err == nil {
		a.Scopes = t.Scopes
		if t.ExpiresAt != nil {
			a.Ends = time.Time(*t.ExpiresAt)
		}
	}
	return a, nil
}

// Finding is one thing that an examination of a project found. One with a remedy is wrong; Open marks a wrong green that
// the gate in force does not stop.
type Finding struct {
	What, Detail, Remedy string
	Open                 bool
}

// rules are what a project's settings say of merging. The client's struct lacks one of them.
type rules struct {
	BuildsAccessLevel string `json:"builds_access_level"`
	CIConfigPath      string `json:"ci_config_path"`
	DefaultBranch     string `json:"default_branch"`
	Pipelines         bool   `json:"only_allow_merge_if_pipeline_succeeds"`
	Skipped           bool   `json:"allow_merge_on_skipped_pipeline"`
	Checks            *bool  `json:"only_allow_merge_if_all_status_checks_passed"`
	// MergePipelines is absent below Premium.
	MergePipelines *bool `json:"merge_pipelines_enabled"`
}

// tier is what the project's answer tells of GitLab's tiers.
func (r rules) tier() string {
	switch {
	case r.Checks != nil:
		return "Ultimate"
	case r.MergePipelines != nil:
		return "Premium"
	}
	return "Free"
}

// Examine says which gate holds merges into a project, which wrong greens it leaves open, and whether its webhook works.
// eye reads what only a Maintainer may see; it may be nil. public is Lintel's own address. It reads only.
func (f *Forge) Examine(ctx context.Context, repo change.Repository, public string, eye *Forge) (Gate, []Finding, error) {
	x := &examination{Forge: f, eye: eye, repo: repo, public: strings.TrimSuffix(public, "/")}
	if eye == nil {
		x.eye = f
	}
	if err := x.settings(ctx); err != nil {
		return "", nil, err
	}
	if err := x.take(ctx, x.role, x.external, x.approval, x.status, x.hook); err != nil {
		return "", nil, err
	}
	if x.gate == "" {
		x.wrong("gate", "nothing holds a merge into this project of tier "+x.rules.tier(),
			`set "Pipelines must succeed", or a stronger gate of docs/gitlab.md`)
	}
	return x.gate, x.found, nil
}

// InForce says in one word which gate holds merges into a project now: that of Examine, "job" where a job asks for the
// verdict, "auto_approved" where GitLab takes the approval rule for approved by itself and nothing else holds, "none" where the
// verdict is information only; empty where nobody shows whether an external check holds. eye may be
// nil, as for Examine.
func (f *Forge) InForce(ctx context.Context, repo change.Repository, public string, eye *Forge) (string, error) {
	x := &examination{Forge: f, eye: eye, repo: repo, public: strings.TrimSuffix(public, "/")}
	if eye == nil {
		x.eye = f
	}
	if err := x.settings(ctx); err != nil {
		return "", err
	}
	if _, err := x.Self(ctx); err != nil {
		return "", err
	}
	// What a tier lacks need not be asked for, and what the server's file rules out holds no verdict, whatever the project
	// has. A commit status is posted always.
	tier, chosen := x.rules.tier(), f.o.Gate
	var steps []func(context.Context) error
	if auto := chosen == "" || chosen == GateAuto; tier == "Ultimate" && (auto || chosen == GateExternal) {
		steps = append(steps, x.external)
	}
	if tier != "Free" && chosen != GateStatus && chosen != GateExternal {
		steps = append(steps, x.approval)
	}
	err := x.take(ctx, append(steps, x.status)...)
	switch {
	case err != nil:
		return "", err
	case x.gate == GateStatus && x.byJob:
		return "job", nil
	case x.gate == "" && x.unseen:
		return "", nil
	case x.gate == "" && x.autoApproved:
		return "auto_approved", nil
	case x.gate == "":
		return "none", nil
	}
	return string(x.gate), nil
}

// take goes through steps until one fails.
func (x *examination) take(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// examination is one project as it is examined.
type examination struct {
	*Forge
	eye    *Forge
	repo   change.Repository
	public string
	rules  rules
	gate   Gate
	// byJob is true when a job of the pipeline asks for the verdict.
	byJob bool
	// unseen is true when merges wait for external checks that eye may not see.
	unseen bool
	// autoApproved is true when the approval rule has no approver any more.
	autoApproved bool
	found        []Finding
}

func (x *examination) good(what, detail string) {
	x.found = append(x.found, Finding{What: what, Detail: detail})
}

func (x *examination) wrong(what, detail, remedy string) {
	x.found = append(x.found, Finding{What: what, Detail: detail, Remedy: remedy})
}

// open is a wrong green that the gate in force does not stop.
func (x *examination) open(detail, close string) {
	x.found = append(x.found, Finding{What: "not stopped", Detail: detail + ". To close it: " + close, Open: true})
}

// settings reads what the project's settings say of merging.
func (x *examination) settings(ctx context.Context) error {
	path := fmt.Sprintf("projects/%d", x.repo.ID)
	return x.answer("read "+path, x.readJSON(ctx, path, nil, &x.rules))
}

// hidden reports whether an error says that the asker may not see something, or that the tier has none of it.
func hidden(err error) bool {
	return isMissing(err) || status(err) == http.StatusForbidden || status(err) == http.StatusUnauthorized
}

func (x *examination) role(ctx context.Context) error {
	self, err := x.Self(ctx)
	if err != nil {
		return err
	}
	level, err := x.levelIn(ctx, x.repo.ID, self)
	if err != nil {
		return err
	}
	if level < gitlab.DeveloperPermissions {
		x.wrong(
			"role",
			fmt.Sprintf("Lintel's user has access level %d", level),
			"give it the role Developer: it posts statuses and approves",
		)
	}
	return nil
}

// external examines the external status check. Only Maintainers may list those of a project.
func (x *examination) external(ctx context.Context) error {
	list, _, err := x.eye.client.ExternalStatusChecks.ListProjectExternalStatusChecks(x.repo.ID, nil, within(ctx))
	if hidden(err) {
		if x.rules.Checks != nil && *x.rules.Checks {
			x.unseen = true
			x.good(
				"external check",
				"status checks must succeed; which ones there are is shown to Maintainers alone (--maintainer-token-file)",
			)
		}
		return nil
	}
	if err != nil {
		return x.answer("list the external status checks", err)
	}
	at := slices.IndexFunc(list, func(c *gitlab.ProjectStatusCheck) bool { return strings.EqualFold(c.Name, ruleName) })
	if at < 0 {
		return nil
	}
	const what = "external check"
	want := x.public + "/hooks/gitlab/status-check"
	switch c := list[at]; {
	case x.rules.Checks == nil || !*x.rules.Checks:
		x.wrong(
			what,
			"a merge does not wait for it",
			`set "Status checks must succeed" in the project's merge request settings`,
		)
	case c.ExternalURL != want:
		x.wrong(what, "it asks "+c.ExternalURL, "let it ask "+want)
	case !c.HMAC:
		x.wrong(what, "it has no shared secret", "set one, and write it into gitlab.status_check_secret_file")
	case len(c.ProtectedBranches) > 0:
		x.wrong(what, "it applies to some branches alone", "let it apply to all protected branches")
	default:
		x.hold(GateExternal, what, "holds each merge until Lintel passes the very head")
		x.open("Maintainers can change the project's settings", "let a group or an instance enforce them")
	}
	return nil
}

// hold notes the strongest gate, which is found first.
func (x *examination) hold(gate Gate, what, detail string) {
	if x.gate == "" {
		x.gate = gate
	}
	x.good(what, detail)
}

// approval examines the approval rule: one whose only approver is gone counts as approved.
// https://docs.gitlab.com/user/project/merge_requests/approvals/
func (x *examination) approval(ctx context.Context) error {
	list, _, err := x.client.Projects.GetProjectApprovalRules(x.repo.ID,
		&gitlab.GetProjectApprovalRulesListsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, within(ctx))
	if hidden(err) {
		return nil
	}
	if err != nil {
		return x.answer("list the approval rules", err)
	}
	at := slices.IndexFunc(list, func(r *gitlab.ProjectApprovalRule) bool { return strings.EqualFold(r.Name, ruleName) })
	if at < 0 {
		return nil
	}
	const what = "approval rule"
	self, r := x.Known(), list[at]
	ours := slices.ContainsFunc(r.EligibleApprovers, func(u *gitlab.BasicUser) bool { return u.ID == self })
	sound := false
	switch {
	case len(r.EligibleApprovers) == 0:
		x.autoApproved = true
		x.wrong(
			what,
			"it has no approver any more, and GitLab takes it for approved",
			"make Lintel's user its only approver",
		)
	case !ours:
		x.wrong(
			what,
			"Lintel's user is not among its approvers",
			"make Lintel's user its only approver: a new token is a new user",
		)
	case len(r.EligibleApprovers) > 1 || r.ContainsHiddenGroups:
		x.wrong(what, "others than Lintel's user can satisfy it", "make Lintel's user its only approver")
	case r.ApprovalsRequired < 1:
		x.wrong(what, "it requires no approval", "set its number of approvals to 1")
	case len(r.ProtectedBranches) > 0 && !r.AppliesToAllProtectedBranches:
		x.wrong(what, "it applies to some branches alone", "let it apply to all protected branches")
	default:
		sound = true
	}
	if !sound {
		return nil
	}
	x.hold(GateApproval, what, "holds each merge until Lintel approves")
	c, _, err := x.client.Projects.GetApprovalConfiguration(x.repo.ID, within(ctx))
	if err != nil {
		return x.answer("read the approval settings", err)
	}
	if !c.DisableOverridingApproversPerMergeRequest {
		x.wrong(
			what,
			"authors can take the rule off their merge request",
			`set "Prevent editing approval rules in merge requests"`,
		)
	}
	if !c.ResetApprovalsOnPush {
		x.wrong(what, "approvals stay when commits are added", `set "Remove all approvals" for added commits`)
	}
	x.open(
		"a push with an equal patch keeps Lintel's approval until its webhook arrives",
		"an external status check (Ultimate)",
	)
	x.open("Maintainers can change the rule", "let a group or an instance enforce it")
	return nil
}

// status examines what a pipeline holds: our commit status in it, and a job that asks for the verdict.
func (x *examination) status(ctx context.Context) error {
	if !x.rules.Pipelines {
		return nil
	}
	const what = "pipeline"
	if x.rules.Skipped {
		x.wrong(what, "skipped pipelines count as succeeded", `take off "Skipped pipelines are considered successful"`)
	}
	asks, err := x.asks(ctx)
	if err != nil {
		return err
	}
	x.byJob = asks
	elsewhere := strings.Contains(x.rules.CIConfigPath, "@")
	switch {
	case asks:
		x.hold(GateStatus, what, "must succeed, and a job in it asks for the verdict (lintel await)")
	case elsewhere:
		x.hold(GateStatus, what, "must succeed; whether a job asks for the verdict stands in "+x.rules.CIConfigPath)
	default:
		x.hold(GateStatus, what, "must succeed, with Lintel's commit status in it")
	}
	if x.gate != GateStatus {
		return nil
	}
	if !asks && !elsewhere {
		x.open(
			`any Developer can post a commit status called "lintel"`,
			"a job with lintel await, an approval rule (Premium) or an "+
				"external status check (Ultimate)",
		)
	}
	if x.rules.BuildsAccessLevel != "disabled" && !elsewhere {
		x.open(
			"who may push can edit the pipeline's configuration",
			"ci_config_path in another project, or a CODEOWNERS line for it",
		)
	}
	x.open("a merge request of a fork has its pipeline in the fork", "run its pipeline in this project")
	return nil
}

// asks reports whether the configuration of the default branch has a job that asks for the verdict.
func (x *examination) asks(ctx context.Context) (bool, error) {
	path := ".gitlab-ci.yml"
	if p := x.rules.CIConfigPath; p != "" {
		path = p
	}
	if strings.Contains(path, "@") || strings.Contains(path, "://") || x.rules.DefaultBranch == "" {
		return false, nil
	}
	raw, _, err := x.client.RepositoryFiles.GetRawFile(
		x.repo.ID,
		path,
		&gitlab.GetRawFileOptions{Ref: &x.rules.DefaultBranch},
		within(ctx),
	)
	if isMissing(err) {
		return false, nil
	}
	return strings.Contains(string(raw), "lintel await"), x.answer("read "+path, err)
}

// hook examines the project's webhook, which GitLab disables when it fails. Only Maintainers may see it.
func (x *examination) hook(ctx context.Context) error {
	const what = "webhook"
	want := x.public + "/hooks/gitlab"
	h, shown, err := x.eye.hookTo(ctx, x.repo, want)
	switch {
	case err != nil:
		return err
	case !shown:
		x.good(what, "whether it works is shown to Maintainers alone (--maintainer-token-file)")
		x.good(whatLog, "it is shown to Maintainers alone (gitlab.maintainer_token_file)"+alone)
		return nil
	case h == nil:
		x.wrong(what, "the project has none to "+want, "add it; one of the project's group, which its Owners see, is enough")
		return nil
	}
	var deaf []string
	for name, on := range map[string]bool{"Push events": h.PushEvents, "Comments": h.NoteEvents,
		"Merge request events": h.MergeRequestsEvents, "Pipeline events": h.PipelineEvents} {
		if !on {
			deaf = append(deaf, name)
		}
	}
	slices.Sort(deaf)
	switch {
	case !h.working():
		x.wrong(
			what,
			"GitLab disabled it after failures ("+h.AlertStatus+")",
			"see why in its recent events, and send a test event: one that "+
				"is answered enables it again",
		)
	case len(deaf) > 0:
		x.wrong(what, "it does not send "+strings.Join(deaf, ", "), "switch them on; without them verdicts wait for a sweep")
	case h.CustomWebhookTemplate != "":
		x.wrong(what, "it has a template of its own, which may leave out what Lintel reads", "remove the template")
	case !h.EnableSSLVerification:
		x.wrong(what, "GitLab does not verify the certificate", "switch SSL verification on")
	default:
		x.good(what, "sends to "+h.URL)
	}
	return x.log(ctx, h)
}
