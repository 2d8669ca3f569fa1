// Package treehttp hands the files of checks from the server, which reaches the forge, to workers, which do not: a worker
// fetches from the server's mirror by git's own protocol, with a token that opens one repository for a few minutes.
//
// Callers may rely on: a token opens only the repository of a check that still waits, with all commits that the server
// has of it; nothing here knows a key of a forge; what a worker gets is named by its content's digest, so nobody on the way
// can change it unseen.
package treehttp

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// life is how long a token opens anything: a fetch begins at once, and one that began goes on.
const life = 5 * time.Minute

// tokenVersion begins every token and is signed, so that a later form can differ.
const tokenVersion = "v1"

// Key signs tokens. Server and workers have it from their database.
type Key struct{ secret []byte }

// Marks stores small texts by name; an unknown name has an empty text.
type Marks interface {
	Mark(ctx context.Context, name string) (string, error)
	// FirstMark stores a text unless there is one, and returns the one that stands.
	FirstMark(ctx context.Context, name, text string) (string, error)
}

// keyMark is the name of the mark that holds the key.
const keyMark = "checks-key"

// MakeKey reads the key of the record, and makes it the first time. The server calls it.
func MakeKey(ctx context.Context, record Marks) (Key, error) {
	text, err := record.Mark(ctx, keyMark)
	if err != nil {
		return Key{}, err
	}
	if text == "" {
		secret := make([]byte, sha256.Size)
		if _, err := rand.Read(secret); err != nil {
			return Key{}, fmt.Errorf("make the key of trees: %w", err)
		}
		// Another server may make one at the same moment.
		if text, err = record.FirstMark(ctx, keyMark, hex.EncodeToString(secret)); err != nil {
			return Key{}, err
		}
	}
	return parseKey(text)
}

// ReadKey reads the key that the server made. A worker calls it.
func ReadKey(ctx context.Context, record Marks) (Key, error) {
	text, err := record.Mark(ctx, keyMark)
	if err == nil && text == "" {
		err = errors.New("the database has no key by which a worker gets files: start lintel serve with checks.run: worker first")
	}
	if err != nil {
		return Key{}, err
	}
	return parseKey(text)
}

func parseKey(text string) (Key, error) {
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != sha256.Size {
		return Key{}, fmt.Errorf("read the key of trees: the mark %s of the database is not 64 hexadecimal digits", keyMark)
	}
	return Key{secret}, nil
}

// sign makes a token for the files of the run of a result's key.
func (k Key) sign(run string, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(strings.Join([]string{tokenVersion, "trees", run, end}, "\x00")))
	return tokenVersion + "." + end + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// valid reports whether a token opens the files of a run now. One that would open them for longer than any that is made
// is not taken, either.
func (k Key) valid(run, token string, now time.Time) bool {
	_, rest, _ := strings.Cut(token, ".")
	end, _, _ := strings.Cut(rest, ".")
	unix, err := strconv.ParseInt(end, 10, 64)
	if err != nil {
		return false
	}
	until := time.Unix(unix, 0)
	return hmac.Equal([]byte(k.sign(run, until)), []byte(token)) && now.Before(until) && until.Before(now.Add(2*life))
}
