package main

import "time"

// object is a piece of the model server's fixtures.
type object = map[string]any

// Words of the program's questions, by which the server tells them apart.
const (
	probing   = "You add numbers"
	looking   = "Task: look for defects"
	verifying = "Task: check the findings"
	summing   = "Task: tell a reviewer"
)

// Good answers to them, about the pull request of the suite.
const (
	goodSum  = `{"sum":42}`
	goodFind = `{"findings":[{"file":"P1","start_id":"R0015","end_id":"R0015","existing_code":"\tc.pages[page]++",` +
		`"category":"correctness","severity":"high",` +
		`"message":"` + "`pages`" + ` is never made: the first write to a nil map panics. Make it in ` + "`New`" +
		`.","claim":"none","fact_ids":[],"suggestion":null}]}`
	goodVerify  = `{"judgements":[{"id":"N1","evidence_ids":["P1:R0015"],"reason":"real","keep":true}]}`
	goodSummary = `{"bullets":[{"text":"Visits are counted for each ` +
		`page.","file_ids":["P1"],"fact_ids":[]}],"risks":[],"order":[],"tests":[]}`
)

const (
	// patienceOfModel is the time-out that the program is given, slowness how long the slow model takes, and whole how
	// long one command may run: all of its tries and waits, several times over.
	patienceOfModel = 6 * time.Second
	slowness        = 25 * time.Second
	whole           = 3 * time.Minute
	// quoted stands in every error of the server, as endpoints quote prompts in theirs: nothing of it may be repeated.
	quoted = "as-the-endpoint-words-it"
	// secret is in the suite's pull request.
	secret = "AKIAQYLPMN5HFZ7QXK2D"
)

// scene is one model of the server: what it does, and what the program must make of that.
type scene struct {
	model, what string
	// spoil makes the fault of a good answer to a question; nil is none.
	spoil func(question string, fixture object) []object
	// doctor is what "doctor model" must say; it must accept the model when accepted is set.
	doctor   string
	accepted bool
	// notRead is why the eval must say that defects were not looked for; empty where the defect must be found.
	notRead string
	// asked is how often the eval must look for defects, repairs and tries among them, by the record of the server,
	// which forgets callers that went away.
	asked int
}

// always makes a fault of every answer.
func always(change func(fixture object)) func(string, object) []object {
	return func(_ string, f object) []object {
		change(f)
		return []object{f}
	}
}

// fails is an answer of an error status.
func fails(status int, kind string, retryAfter int) func(object) {
	return func(f object) {
		answer := object{"error": object{"message": quoted, "type": kind, "code": kind}, "status": status}
		if retryAfter > 0 {
			answer["retryAfter"] = retryAfter
		}
		f["response"] = answer
	}
}

// says is another answer than the good one.
func says(change func(content string) object) func(object) {
	return func(f object) {
		was, _ := f["response"].(object)["content"].(string)
		f["response"] = change(was)
	}
}

// chaos is a fault below the answer.
func chaos(name string, value any) func(object) {
	return func(f object) { f["chaos"] = object{name: value} }
}

// scenes are all models of the server. It cannot say a refusal in the field for refusals, nor cut a body that is no
// stream: the scripted endpoint of the tests (internal/fake/model) does both.
func scenes() []scene {
	return []scene{
		{model: "good", what: "good answers", doctor: "it answers (as good)", accepted: true, asked: 1},
		{model: "limited-once", what: "429 with Retry-After once, then good answers", doctor: "the endpoint has no room now (HTTP 429",
			asked: 2,
			spoil: func(_ string, f object) []object {
				limited := object{"match": object{"sequenceIndex": 0}}
				for k, v := range f["match"].(object) {
					limited["match"].(object)[k] = v
				}
				fails(429, "rate_limit_exceeded", 1)(limited)
				return []object{limited, f}
			}},
		{model: "limited-long", what: "429 that asks for two minutes", doctor: "the endpoint has no room now (HTTP 429",
			notRead: "no room now", asked: 1,
			spoil: always(fails(429, "rate_limit_exceeded", 120))},
		{
			model:   "no-quota",
			what:    "429 that does not end by waiting",
			doctor:  "no quota left",
			notRead: "refused our key",
			asked:   1,
			spoil:   always(fails(429, "insufficient_quota", 0)),
		},
		{
			model:   "failing",
			what:    "500",
			doctor:  "the endpoint failed (HTTP 500",
			notRead: "endpoint failed",
			asked:   3,
			spoil:   always(fails(500, "server_error", 0)),
		},
		{model: "window", what: "400 for a window that is too small", doctor: "does not fit the model's window",
			notRead: "does not fit the model", asked: 1,
			spoil: always(fails(400, "context_length_exceeded", 0))},
		{model: "slow", what: "no answer in time", doctor: "no whole answer in time", notRead: "did not answer in time", asked: 0,
			spoil: func(question string, f object) []object {
				if question != summing { // the summary comes, so that the run is shorter and the report partial
					chaos("latencyMs", slowness.Milliseconds())(f)
				}
				return []object{f}
			}},
		{
			model:   "cut",
			what:    "the connection is cut",
			doctor:  "no connection to the endpoint",
			notRead: "could not be reached",
			asked:   3,
			spoil:   always(chaos("disconnectRate", 1)),
		},
		{model: "garbled", what: "a body that is no JSON", doctor: "not what chat completions are", notRead: "could not be read, twice",
			asked: 2,
			spoil: always(chaos("malformedRate", 1))},
		{model: "broken", what: "an answer of broken JSON", doctor: "not in the form that was asked for",
			notRead: "could not be read, twice", asked: 2,
			spoil: always(says(func(good string) object { return object{"content": good[:len(good)-1]} }))},
		{model: "prose", what: "a refusal in prose", doctor: "not in the form that was asked for", notRead: "could not be read, twice",
			asked: 2,
			spoil: always(says(func(string) object { return object{"content": "I cannot help with that."} }))},
		{model: "length", what: "an answer cut at its limit", doctor: "cut at the limit of tokens", notRead: "cut at its limit", asked: 1,
			spoil: always(says(func(good string) object { return object{"content": good[:len(good)/2], "finishReason": "length"} }))},
		{model: "filtered", what: "an answer that a filter withheld", doctor: "filter withheld the answer",
			notRead: "filter withheld the answer", asked: 1,
			spoil: always(says(func(string) object { return object{"content": "withheld", "finishReason": "content_filter"} }))},
	}
}

// fixtures are the answers of all scenes, as the server reads them.
func fixtures() object {
	all := []object{}
	for _, s := range scenes() {
		for _, q := range [][2]string{{probing, goodSum}, {looking, goodFind}, {verifying, goodVerify}, {summing, goodSummary}} {
			// All questions about a change begin alike; what is asked stands at their end.
			where := "userMessage"
			if q[0] == probing {
				where = "systemMessage"
			}
			f := object{"match": object{"model": s.model, where: q[0]}, "response": object{"content": q[1]}}
			if s.spoil == nil {
				all = append(all, f)
				continue
			}
			all = append(all, s.spoil(q[0], f)...)
		}
	}
	return object{"fixtures": all}
}
