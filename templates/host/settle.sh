#!/bin/sh
# Ends what an earlier change has left open. Whoever comes over a new connection is not locked out,
# so the change is confirmed; one that was cut off is put back.
. ./common.sh
. ./journal.sh

main() {
  take_lock
  [ -e "$journal" ] || {
    # Cut off when all was done but for this.
    drop_journal
    # Whoever comes has been told of it.
    rm -f "$state_folder/undone"
    [ -z "${EXPECTED-}" ] || finish restored "the host had put the change back already"
    finish "done" "nothing was left open"
  }
  read_state
  may_be_confirmed || put_back_by_guard
  [ "$made_from" != "$SSH_CONNECTION" ] ||
    finish failed "the change can only be confirmed over another connection than its own"
  tell step "confirming the change over a new connection"
  close_journal || finish failed "the journal of the change cannot be closed"
  finish "done" "the change is confirmed"
}

main
