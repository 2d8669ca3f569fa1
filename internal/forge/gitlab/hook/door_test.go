package hook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
)

const (
	instance = "https://gitlab.example.com"
	self     = 900
)

var (
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	signing = "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	older   = "whsec_" + base64.StdEncoding.EncodeToString([]byte("fedcba9876543210fedcba9876543210"))
)

func options() hook.Options {
	return hook.Options{
		Instance:   instance,
		Tokens:     []string{"a-token-of-16-characters"},
		Connection: 3,
		Pipelines:  true,
		Self:       func() int64 { return self },
		Now:        func() time.Time { return noon },
	}
}

func door(t *testing.T, o hook.Options) *hook.Door {
	t.Helper()
	d, err := hook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// headers are those of a delivery with a right token.
func headers(edits ...string) http.Header {
	h := http.Header{}
	for _, pair := range append([]string{"X-Gitlab-Event=Merge Request Hook", "X-Gitlab-Instance=" + instance,
		"X-Gitlab-Token=a-token-of-16-characters", "Idempotency-Key=key-1"}, edits...) {
		name, value, _ := strings.Cut(pair, "=")
		if h.Set(name, value); value == "" {
			h.Del(name)
		}
	}
	return h
}

// sign is the signature that Standard Webhooks defines.
func sign(secret, id string, at time.Time, body string) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signed(at time.Time, signature string, edits ...string) http.Header {
	return headers(append([]string{"webhook-id=key-2", "webhook-timestamp=" + strconv.FormatInt(at.Unix(), 10),
		"webhook-signature=" + signature}, edits...)...)
}

// TestOnlyOurGitLabGetsIn covers every way to be refused: with a signing token, the right secret token is not enough.
func TestOnlyOurGitLabGetsIn(t *testing.T) {
	const body = `{"object_kind":"issue"}`
	token, both := options(), options()
	both.Signing = []string{signing, older}
	good := sign(signing, "key-2", noon, body)
	for name, c := range map[string]struct {
		o       hook.Options
		header  http.Header
		body    string
		refused bool
	}{
		"right token": {token, headers(), body, false},
		"the older of two tokens": {
			func() hook.Options { o := options(); o.Tokens = []string{"new-new-new-new-1", o.Tokens[0]}; return o }(),
			headers(),
			body,
			false,
		},
		"address written otherwise":      {token, headers("X-Gitlab-Instance=HTTPS://GitLab.example.com:443/"), body, false},
		"wrong token":                    {token, headers("X-Gitlab-Token=a-token-of-16-characterS"), body, true},
		"no token":                       {token, headers("X-Gitlab-Token="), body, true},
		"another instance":               {token, headers("X-Gitlab-Instance=https://gitlab.com"), body, true},
		"another path of the host":       {token, headers("X-Gitlab-Instance=" + instance + "/gitlab"), body, true},
		"no instance":                    {token, headers("X-Gitlab-Instance="), body, true},
		"signed":                         {both, signed(noon, good), body, false},
		"signed, without the token":      {both, signed(noon, good, "X-Gitlab-Token="), body, false},
		"signed by the older key":        {both, signed(noon, sign(older, "key-2", noon, body)), body, false},
		"one valid signature of three":   {both, signed(noon, "v1,AAAA v2,x "+good), body, false},
		"unsigned, with the right token": {both, headers(), body, true},
		"wrong signature, right token":   {both, signed(noon, "v1,AAAA"), body, true},
		"signature of another version":   {both, signed(noon, "v2"+good[2:]), body, true},
		"signed body, changed by a byte": {both, signed(noon, good), body + " ", true},
		"signed for another id":          {both, signed(noon, good, "webhook-id=key-3"), body, true},
		"signed six minutes ago": {
			both,
			signed(noon.Add(-6*time.Minute), sign(signing, "key-2", noon.Add(-6*time.Minute), body)),
			body,
			true,
		},
		"signed four minutes ago": {
			both,
			signed(noon.Add(-4*time.Minute), sign(signing, "key-2", noon.Add(-4*time.Minute), body)),
			body,
			false,
		},
		"signed six minutes in the future": {
			both,
			signed(noon.Add(6*time.Minute), sign(signing, "key-2", noon.Add(6*time.Minute), body)),
			body,
			true,
		},
		"the time is not signed": {
			both,
			signed(noon, good, "webhook-timestamp="+strconv.FormatInt(noon.Unix()+1, 10)),
			body,
			true,
		},
		"no time": {both, signed(noon, good, "webhook-timestamp="), body, true},
		"no id":   {both, signed(noon, sign(signing, "", noon, body), "webhook-id="), body, true},
	} {
		d := door(t, c.o)
		_, err := d.Decode(c.header, []byte(c.body))
		if (err != nil) != c.refused || err != nil && !errors.Is(err, hook.ErrSignature) {
			t.Errorf("%s: refused is %v, want %t", name, err, c.refused)
		}
		if verify := d.Verify(c.header, []byte(c.body[:5]), []byte(c.body[5:])); (verify == nil) != (err == nil) {
			t.Errorf("%s: Verify says %v of the body in pieces, Decode %v", name, verify, err)
		}
	}
}

// TestSecretsThatWouldLetAnybodyIn are refused at the start.
func TestSecretsThatWouldLetAnybodyIn(t *testing.T) {
	for name, edit := range map[string]func(*hook.Options){
		"none":                  func(o *hook.Options) { o.Tokens = nil },
		"an empty token":        func(o *hook.Options) { o.Tokens = []string{" \n"} },
		"no base64":             func(o *hook.Options) { o.Signing = []string{"whsec_ü"} },
		"a short key":           func(o *hook.Options) { o.Signing = []string{"whsec_YQ=="} },
		"an address of no host": func(o *hook.Options) { o.Instance = "gitlab.example.com" },
		"no clock":              func(o *hook.Options) { o.Now = nil },
	} {
		o := options()
		edit(&o)
		if _, err := hook.New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := door(t, options()).StatusChecks(" "); err == nil {
		t.Error("an empty shared secret was taken")
	}
	if _, err := door(t, options()).StatusChecks(); err == nil {
		t.Error("no shared secret was taken")
	}
}

// TestDeliveryIDs: a delivery that is sent again has its id again, and two that share GitLab's event UUID do not.
func TestDeliveryIDs(t *testing.T) {
	o := options()
	id := func(o hook.Options, body string, edits ...string) string {
		h := headers(edits...)
		if len(o.Signing) > 0 {
			h = signed(noon, sign(o.Signing[0], "key-2", noon, body), edits...)
		}
		ev, err := door(t, o).Decode(h, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return ev.Delivery
	}
	if got := id(o, `{}`); got != "key-1" {
		t.Errorf("the id is %q, want GitLab's", got)
	}
	if id(o, `{}`, "X-Gitlab-Event-UUID=same") == id(o, `{}`, "X-Gitlab-Event-UUID=same", "Idempotency-Key=key-9") {
		t.Error("two deliveries of one request count as one")
	}
	old := id(o, `{"a":1}`, "Idempotency-Key=")
	if old != id(o, `{"a":1}`, "Idempotency-Key=") || old == id(o, `{"a":2}`, "Idempotency-Key=") {
		t.Error("without GitLab's id it does not follow from the body")
	}
	if got := id(o, `{}`, "Idempotency-Key="+strings.Repeat("k", 101)); !strings.HasPrefix(got, "sha256:") {
		t.Errorf("a long id was taken: %q", got)
	}
	o.Signing = []string{signing}
	if got := id(o, `{}`, "Idempotency-Key=chosen-by-a-replayer"); got != "key-2" {
		t.Errorf("the id is %q, want the one that is signed", got)
	}
}

// TestOneEventToldTwice: a project's hook and its group's tell the same event, and GitLab tells one click as an approval and,
// when it was the last one, as approved. Both ask for the same look at the same change, which the record then takes once;
// neither asks to publish again what stands.
func TestOneEventToldTwice(t *testing.T) {
	asked := func(body string, edits ...string) change.Event {
		ev := decode(t, body, edits...)
		if ev.Kind != change.Updated || ev.Again {
			t.Errorf("it means %s, again %v", ev.Kind, ev.Again)
		}
		if ev.Delivery == "" {
			t.Error("it has no id")
		}
		ev.Delivery, ev.Action = "", ""
		return ev
	}
	first := asked(mergeRequest("approval", ""))
	for name, second := range map[string]change.Event{
		"by the group's hook": asked(mergeRequest("approval", ""), "Idempotency-Key=key-9", "X-Gitlab-Webhook-UUID=group"),
		"as approved":         asked(mergeRequest("approved", ""), "Idempotency-Key=key-9"),
	} {
		if d := cmp.Diff(first, second); d != "" {
			t.Errorf("told again %s it asks for something else:\n%s", name, d)
		}
	}
}

// TestStatusCheckRequests: they ask for the check again; a replay within a minute is the same question.
func TestStatusCheckRequests(t *testing.T) {
	now := noon
	o := options()
	o.Now = func() time.Time { return now }
	checks, err := door(t, o).StatusChecks("new shared secret", "old shared secret")
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(mergeRequest("update", `"labels": {"previous": [], "current": []}`))
	header := func(secret string) http.Header {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		return http.Header{"X-Gitlab-Signature": []string{hex.EncodeToString(mac.Sum(nil))}}
	}
	first, err := checks.Decode(header("old shared secret"), body)
	if err != nil {
		t.Fatal(err)
	}
	if first.Kind != change.Rerequested || !first.Again || first.Head.SHA != head || first.Ref.Number != 12 || first.Facts != nil {
		t.Errorf("it means %+v", first)
	}
	again, err := checks.Decode(header("new shared secret"), body)
	if err != nil || again.Delivery != first.Delivery {
		t.Errorf("sent again within the minute it is another delivery (%v)", err)
	}
	now = noon.Add(time.Minute)
	if later, err := checks.Decode(header("new shared secret"), body); err != nil || later.Delivery == first.Delivery {
		t.Errorf("a retry a minute later is not heard (%v)", err)
	}
	for name, h := range map[string]http.Header{"another secret": header("guess"), "none": {}, "no hex": {"X-Gitlab-Signature": {"zz"}}} {
		if _, err := checks.Decode(h, body); !errors.Is(err, hook.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
