package storetest

import (
	"context"
	"database/sql"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/fleet"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/upload"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Store is the whole record: the promises of its rooms together. Each is an interface of its own, so that a test or a
// second implementation can take one room.
type Store interface {
	changes
	repositoriesAtOnce
	sessions
	looks
	repositories
	waits
	marks
	deliveries
	verdicts
	journal
	findings
	releases
	reports
	tokens
	landings
	consults
	checkRuns
	steps
	costs
	answers
	auditLog
	scores
	responses
	lives
	pasts
	forgeLimits
	gates
	commands
	grants
	organisations
	upkeep
}

// changes is what is remembered of a change.
type changes interface {
	Record(ctx context.Context, key change.Key) (change.Record, error)
	Find(ctx context.Context, forge change.Forge, owner, name string, number int) (change.Record, error)
	Named(ctx context.Context, forge change.Forge, owner, name string, number int) ([]change.Record, error)
	FindGroup(ctx context.Context, forge change.Forge, owner, name, sha string) (change.Record, error)
	Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error)
	OpenChanges(ctx context.Context, forge change.Forge, repo int64) ([]drift.Known, error)
}

// repositoriesAtOnce is what operators ask about all repositories.
type repositoriesAtOnce interface {
	Repositories(ctx context.Context) ([]fleet.Repository, error)
	OpenOf(ctx context.Context, repository change.Repository, forge change.Forge) ([]fleet.Change, error)
	RefusalsSince(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]fleet.Refusals, error)
	KeepWatches(ctx context.Context, forge change.Forge, all []fleet.Watched) error
	WatchesOf(ctx context.Context, forge change.Forge) (fleet.Watches, error)
	WatchOf(ctx context.Context, forge change.Forge, repo int64) (fleet.Watched, error)
	LastGates(ctx context.Context, forge change.Forge) (map[int64]string, error)
	GateNote(ctx context.Context, key change.Key) (says string, known bool, err error)
	KeepGateNote(ctx context.Context, key change.Key, says string, known bool) error
}

// landings is what the history of default branches tells of files.
type landings interface {
	AddChurn(ctx context.Context, s *change.Snapshot) error
	Land(ctx context.Context, forge change.Forge, repo int64, line []churn.Commit) error
}

// looks is the generations that looks are ordered by, and how long they wait.
type looks interface {
	GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error)
	EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error
	Hold(ctx context.Context, forge change.Forge, connection int64, until time.Time) error
	Lag(ctx context.Context) (store.Lag, error)
	Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error)
}

// repositories is what is remembered of repositories.
type repositories interface {
	Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error)
	Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error)
	Watched(ctx context.Context, forge change.Forge, limit int) ([]drift.Repository, error)
	Scanned(ctx context.Context, forge change.Forge, id int64, at time.Time) error
}

// waits is heads that wait for reports of CI.
type waits interface {
	WaitingSince(ctx context.Context, key change.Key, sha string) (time.Time, error)
	Due(ctx context.Context, now time.Time, limit int) ([]change.Record, error)
	Told(ctx context.Context, key change.Key, now time.Time) error
}

// marks is small named values, and what can never change.
type marks interface {
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
	Kept(ctx context.Context, kind, key string) ([]byte, error)
	Keep(ctx context.Context, kind, key string, body []byte) error
	KeptAll(ctx context.Context, kind string, keys []string) (map[string][]byte, error)
	KeepAll(ctx context.Context, kind string, all map[string][]byte) error
}

// deliveries is what comes in, and the runs of CI whose artifacts are fetched.
type deliveries interface {
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
	RunsOf(ctx context.Context, forge change.Forge, repo int64, sha string) ([]upload.Run, error)
	Collected(ctx context.Context, r upload.Run, by change.Key) error
}

// verdicts is verdicts with their evidence, and the plan of a look.
type verdicts interface {
	HoldsMerge(ctx context.Context, forge change.Forge, repo int64, sha, name string) (bool, error)
	SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect, error)
	Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error)
	Decided(ctx context.Context, key change.Key, target string) ([]byte, error)
	Evidence(ctx context.Context, digest string) ([]byte, error)
	SameCommit(ctx context.Context, r change.Record) ([]verdict.Peer, error)
	Recent(ctx context.Context, limit int) ([]verdict.Latest, error)
	PastPulls(ctx context.Context, forge change.Forge, repository int64, limit int, use func(verdict.Past) error) error
}

// journal is effects until they are carried out.
type journal interface {
	Pending(ctx context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error)
	Receive(ctx context.Context, e effect.Effect, r effect.Receipt, line history.Line) error
	Drop(ctx context.Context, e effect.Effect, reason string) error
	Effects(ctx context.Context, key change.Key, limit int) ([]effect.Posted, error)
	Stranded(ctx context.Context, since, before time.Time, limit int) ([]effect.Effect, error)
}

// findings is findings, and what people did about them.
type findings interface {
	Findings(ctx context.Context, key change.Key) ([]thread.Finding, error)
	Outcomes(ctx context.Context, key change.Key) ([]thread.Outcome, error)
	Dismissals(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]thread.Dismissal, error)
	Lift(ctx context.Context, all []thread.Dismissal, actor string) error
}

// releases is drafts that wait for a person, and votes on what was posted.
type releases interface {
	Asked(ctx context.Context, key change.Key) ([]delivery.ReleaseRequest, error)
	Refuse(ctx context.Context, a delivery.ReleaseRequest, why string) error
	Release(ctx context.Context, a delivery.ReleaseRequest) (int, error)
	Unweighed(ctx context.Context, key change.Key) ([]change.Feedback, error)
}

// reports is what CI hands in.
type reports interface {
	KeepReport(ctx context.Context, u upload.Upload, once *upload.Nonce, a delivery.Admission) (upload.Outcome, delivery.Receipt, error)
	HeadReports(ctx context.Context, h upload.Head) (upload.Set, error)
	BaseIndex(ctx context.Context, forge change.Forge, repo int64, limit int) ([]upload.BaseAt, error)
	BaseReports(ctx context.Context, forge change.Forge, repo int64, sha string) ([]report.Report, error)
	RawReport(ctx context.Context, digest string) (body []byte, encoding string, err error)
}

// tokens is upload tokens.
type tokens interface {
	AddToken(ctx context.Context, t upload.Token, hash, actor string) error
	RotateToken(ctx context.Context, old string, ends time.Time, t upload.Token, hash, actor string) error
	RevokeToken(ctx context.Context, forge change.Forge, repo int64, id, actor string) error
	Tokens(ctx context.Context, forge change.Forge, repo int64) ([]upload.Token, error)
	TokenBy(ctx context.Context, hash string) (upload.Token, error)
}

// checkRuns is checks that Lintel runs.
type checkRuns interface {
	CheckRun(ctx context.Context, id int64) (checkrun.Run, error)
	QueuedRun(ctx context.Context, key string) (checkrun.Run, error)
	HeadRuns(ctx context.Context, key change.Key, head string) ([]checkrun.Answer, error)
	Reusable(ctx context.Context, keys []string) (map[string]checkrun.Result, error)
	QueueRun(ctx context.Context, id int64, key string, document []byte) (cached bool, err error)
	CountTry(ctx context.Context, key string, by int) (tries int, err error)
	EndRun(ctx context.Context, id int64, r checkrun.Result) error
	EndRuns(ctx context.Context, key string, r checkrun.Result) error
	ChecksArrived(ctx context.Context, key change.Key, since time.Time) (all, more bool, err error)
	Unrun(ctx context.Context, before time.Time, limit int) (int, error)
}

// consults is requests for advice.
type consults interface {
	RequestAdvice(ctx context.Context, c consult.Consult, delay, longest time.Duration, accept func(past []consult.Consult) bool) (
		int64, error)
	Consult(ctx context.Context, id int64) (consult.Consult, error)
	Consults(ctx context.Context, key change.Key, limit int) ([]consult.Consult, error)
	ConsultInput(ctx context.Context, id int64) ([]byte, error)
	ConsultResult(ctx context.Context, id int64) ([]byte, error)
}

// steps is the steps of a request for advice.
type steps interface {
	Prepared(ctx context.Context, id int64, input []byte) (bool, error)
	Answered(ctx context.Context, id int64, result []byte) (bool, error)
	PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error
	EndConsult(ctx context.Context, id int64, state consult.State, reason string) error
	SaveAdvice(ctx context.Context, c consult.Consult, lines []history.Line, compose func(plan.Standing) ([]effect.Effect, error)) (
		bool, error)
	Unstepped(ctx context.Context, before time.Time, limit int) (int, error)
}

// costs is what language models cost.
type costs interface {
	Reserve(ctx context.Context, w budget.Reservation, c budget.Caps) (int64, *budget.Full, error)
	Settle(ctx context.Context, id int64, b budget.Bill) error
	SpentOn(ctx context.Context, key change.Key) (budget.Total, error)
	SpentIn(ctx context.Context, forge change.Forge, repo int64, at time.Time) (budget.Total, error)
	SpentAt(ctx context.Context, at time.Time) (budget.Total, error)
	SpentBetween(ctx context.Context, from, to time.Time) (t budget.Total, changes int64, err error)
	Observed(ctx context.Context, model string) (estimated, counted int64, err error)
}

// answers is answers of language models that may be given again.
type answers interface {
	KeptAnswer(ctx context.Context, forge change.Forge, connection int64, question string) ([]byte, error)
	KeepAnswer(ctx context.Context, forge change.Forge, connection int64, question string, body []byte) error
}

// auditLog is what people and operators did.
type auditLog interface {
	Audit(ctx context.Context, since time.Time, use func(audit.Record) error) error
	VerifyAudit(ctx context.Context) (int64, error)
	AuditPage(ctx context.Context, forge string, repo int64, act string, before int64, limit int) ([]audit.Record, error)
}

// scores are what became of findings, counted.
type scores interface {
	Scores(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]scorecard.Count, error)
	Noisy(ctx context.Context, forge change.Forge, repo int64) ([]change.NoisyRule, error)
	Demotions(ctx context.Context, limit int) ([]scorecard.Demotion, error)
	Review(ctx context.Context, exempt func(rule string) bool) (int, error)
}

// commands is what people ask for in comments.
type commands interface {
	Waiting(ctx context.Context, key change.Key) ([]delivery.Command, error)
	Ignore(ctx context.Context, c delivery.Command) error
	SettleCommand(ctx context.Context, c delivery.Command, a delivery.Answer, d override.Deed) error
	Replies(ctx context.Context, key change.Key) ([]delivery.Answered, error)
	Unreacted(ctx context.Context, key change.Key) ([]delivery.Reaction, error)
	Reacted(ctx context.Context, key change.Key, r delivery.Reaction) error
}

// grants is what people were granted.
type grants interface {
	Overrides(ctx context.Context, key change.Key) ([]override.Override, error)
	ExpireOverrides(ctx context.Context, now time.Time) (int, error)
	Mutes(ctx context.Context, key change.Key) ([]override.Mute, error)
	FalseAlarms(ctx context.Context, key change.Key) ([]override.FalseAlarm, error)
}

// gates is the operator's switch.
type gates interface {
	GateSwitches(ctx context.Context) ([]gateswitch.Switch, error)
	PastGateSwitches(ctx context.Context, limit int) ([]gateswitch.Switch, error)
	SwitchGate(ctx context.Context, r gateswitch.Request) (*gateswitch.Switch, error)
	ExpireGateSwitches(ctx context.Context, now time.Time) ([]gateswitch.Switch, error)
	GateTurned(ctx context.Context, id int64, limit int) ([]gateswitch.Turned, error)
}

// responses is how quickly Lintel answered.
type responses interface {
	Heads(ctx context.Context, since time.Time) ([]objective.Head, error)
}

// lives is what happened to changes, and their facts.
type lives interface {
	AppendEvents(ctx context.Context, events []flow.Event, source string) (int, error)
	EventsOf(ctx context.Context, p flow.Pull) ([]flow.Event, error)
	DeriveBy(clock flow.Clock, name string, aiLabels []string)
	Replay(ctx context.Context, most int) (int, error)
	KeepDeployments(ctx context.Context, deployments []dora.Deployment, incidents []dora.Incident) error
	Dora(ctx context.Context, of dora.Scope, from, to time.Time) (dora.Report, error)
	Services(ctx context.Context, of dora.Scope) ([]string, error)
	EraseActor(ctx context.Context, forge, login, by string) (int64, error)
}

// upkeep is the database as a whole.
type upkeep interface {
	Writer() *sql.DB
	Prune(ctx context.Context, keep store.Retention) (int64, error)
	Ping(ctx context.Context) error
}
