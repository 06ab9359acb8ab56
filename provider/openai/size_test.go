package openai

import (
	"testing"

	"turncoat"
)

// The size of a batch is counted as it is uploaded.
func TestBatchSize(t *testing.T) {
	requests := []turncoat.BatchRequest{
		{Key: "a", Request: &turncoat.Request{Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have <mail>.")}}},
	}
	for name, m := range map[string]turncoat.BatchModel{"chat": NewChat(Config{Model: "asked"}), "responses": NewResponses(Config{Model: "asked"})} {
		b := batchesOf(m)
		input, err := b.newInput(requests, maxBatchBytes)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size := int64(len(input))
		if _, err := b.newInput(requests, size); err != nil {
			t.Errorf("%s: a batch of %d bytes: %v", name, size, err)
		}
		if _, err := b.newInput(requests, size-1); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
			t.Errorf("%s: a batch with a byte too many: %v", name, err)
		}
	}
}

func batchesOf(m turncoat.BatchModel) batches {
	if chat, ok := m.(*chatModel); ok {
		return chat.batches
	}
	return m.(*responsesModel).batches
}
