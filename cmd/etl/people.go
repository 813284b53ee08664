package main

import (
	"context"
	"fmt"
	"os"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/forget"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// peopleFlags name users.
type peopleFlags struct {
	IDs    string `name:"ids" required:"" type:"existingfile" help:"File of user ids, one a line: user_pseudo_id or account ids."`
	Hashed bool   `help:"The file has keys, as the warehouse has them, instead of ids."`
	Reason string `default:"staff" help:"staff: why, in a word."`
	Models string `default:"models" help:"forget: the artifact store, to tell which models learned from the users."`
}

// keys reads the ids. Hashed with another key than the loads' they would name nobody, so that such a key is refused.
func (s *session) keys(ctx context.Context, f peopleFlags) ([]string, error) {
	settings, err := s.wh.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if was := settings["key_check"]; !f.Hashed && was != "" && was != source.KeyCheck(s.secret) {
		return nil, fmt.Errorf("%w: the warehouse was loaded with another key, so that these ids would name nobody; give the key of the loads",
			etl.ErrRefused)
	}
	in, err := os.Open(f.IDs)
	if err != nil {
		return nil, fmt.Errorf("read the ids: %w", err)
	}
	defer in.Close()
	return forget.ReadKeys(in, s.secret, f.Hashed)
}

// staff adds users to the list of those kept out of every figure.
func (s *session) staff(ctx context.Context) error {
	keys, err := s.keys(ctx, s.Staff)
	if err != nil {
		return err
	}
	var statements []warehouse.Statement
	for _, key := range keys {
		statements = append(statements, warehouse.Statement{SQL: "DELETE FROM staff WHERE user_key = ?", Args: []any{key}},
			warehouse.Statement{SQL: "INSERT INTO staff (user_key, reason) VALUES (?, ?)", Args: []any{key, s.Staff.Reason}})
	}
	if err := s.wh.Transact(ctx, statements...); err != nil {
		return err
	}
	s.printf("%d users are on the staff list now; the next training leaves them out", len(keys))
	return nil
}

// forget erases users and says which models learned from them.
func (s *session) forget(ctx context.Context) error {
	keys, err := s.keys(ctx, s.Forget)
	if err != nil {
		return err
	}
	versions, err := trained(model.Store{Dir: s.Forget.Models})
	if err != nil {
		return err
	}
	result, err := forget.Run(ctx, s.wh, forget.Options{Keys: keys, Versions: versions, Now: s.now()})
	if err != nil {
		return err
	}
	s.printf("request %s: %d users asked for, %d keys of theirs, %d unknown", result.Request, result.Asked, result.Keys, result.Unknown)
	for _, t := range result.Tables {
		s.printf("  %-12s %d rows of %d users", t.Table, t.Rows, t.Users)
	}
	for _, v := range result.Retrain {
		s.printf("retrain: %s %s learned from users who came when they did", v.Model, v.Version)
	}
	if s.wh.Dialect() == "googlesql" {
		s.printf("BigQuery keeps what was deleted for its time travel, 2 days in a dataset made by this program, and 7 days more")
	}
	return nil
}

// trained lists the models of the store with the days that their users came on.
func trained(store model.Store) ([]forget.Version, error) {
	list, err := store.List()
	if err != nil {
		return nil, fmt.Errorf("look for models that learned from the users: %w", err)
	}
	var versions []forget.Version
	for _, m := range list {
		versions = append(versions, forget.Version{Model: m.Name, Version: m.Version, First: m.Training.FirstDay0, Last: m.Training.TestTo})
	}
	return versions, nil
}
