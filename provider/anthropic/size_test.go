package anthropic

import (
	"encoding/json"
	"testing"

	"turncoat"
)

// The size of a batch is counted as it is sent.
func TestBatchSize(t *testing.T) {
	m := &model{config: Config{Model: "asked"}}
	requests := []turncoat.BatchRequest{
		{Key: "a", Request: &turncoat.Request{Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have <mail>.")}}},
		{Key: "b", Request: &turncoat.Request{Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have \"mail\".")}}},
	}
	params, err := m.newBatchParams(requests, maxBatchBytes)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(body) - len(`{"requests":[]}`) + len(`,`)) // a comma is counted for each request
	if _, err := m.newBatchParams(requests, size); err != nil {
		t.Errorf("a batch of %d bytes: %v", size, err)
	}
	if _, err := m.newBatchParams(requests, size-1); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
		t.Errorf("a batch with a byte too many: %v", err)
	}
}
