package bridge

import "github.com/minitill/minitill/fault"

// SealAnswer returns an answer as it is kept with the key of its request: sealed, since it
// says who pays what and has tokens in it. Without a sealer it is kept as it is.
func SealAnswer(s Sealer, scope, key string, a Answer) Answer {
	if s == nil || len(a.Body) == 0 {
		return a
	}
	return Answer{Status: a.Status, Body: []byte(s.Seal(a.Body, answerContext(scope, key)))}
}

// OpenAnswer returns an answer as it was given. Earlier releases kept answers about orders
// in clear: those are JSON objects, which no sealed text resembles.
//
// Faults: Internal when it cannot be opened, since it is ours to open.
func OpenAnswer(s Sealer, scope, key string, a Answer) (Answer, error) {
	if s == nil || len(a.Body) == 0 || a.Body[0] == '{' {
		return a, nil
	}
	body, err := s.Open(string(a.Body), answerContext(scope, key))
	if err != nil {
		return Answer{}, &fault.Error{Kind: fault.Internal, Op: "bridge.OpenAnswer", Err: err}
	}
	return Answer{Status: a.Status, Body: body}, nil
}

// answerContext ties a sealed answer to the one request it answers.
func answerContext(scope, key string) string { return "answer\x00" + scope + "\x00" + key }

// sealed is the answer as it is kept; nil when there is none.
func (k *KeyAnswer) sealed(s Sealer) *KeyAnswer {
	if k == nil {
		return nil
	}
	return &KeyAnswer{Scope: k.Scope, Key: k.Key, Answer: SealAnswer(s, k.Scope, k.Key, k.Answer)}
}
