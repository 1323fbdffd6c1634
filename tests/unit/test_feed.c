/* The feed, live: slices, pauses, commands, recordings that are made, and both ends' deaths. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "model.h"
#include "feed_fixture.h"
#include "file.h"

static void hears_ticks_and_the_end(void **state)
{
	struct fixture *x = *state;

	live(x);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_int_equal(feed_timeout_ms(x->f), -1);
	put_socket(x, tcp_sample(1, 1, 10, 20));
	put_tick(x, 1, T0, SEC);
	put_tick(x, 2, T0 + SEC, SEC);
	put_socket(x, tcp_sample(2, 3, 10, 20));
	assert_true(say(x));
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(model_tick(x->m)->number, 1);
	assert_int_equal(feed_timeout_ms(x->f), 0); /* the second is in the buffer: poll would not tell */
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_non_null(row_of(x->m, 2));
	assert_int_equal(feed_fd(x->f) >= 0, 1);
	/* It dies in the middle of a frame. */
	put_tick(x, 3, T0 + 2 * SEC, SEC);
	x->out.end -= 5;
	assert_true(say(x));
	close(x->peer);
	x->peer = -1;
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_int_equal(feed_fd(x->f), -1);
	assert_int_equal(feed_timeout_ms(x->f), -1);
	assert_int_equal(feed_command(x->f, COMMAND_QUIT, 0), -EPIPE);
}

static void bytes_may_come_one_by_one(void **state)
{
	struct fixture *x = *state;
	int ticks = 0;

	live(x);
	put_socket(x, tcp_sample(1, 1, 10, 20));
	put_tick(x, 1, T0, SEC);
	while (buf_len(&x->out)) {
		assert_int_equal(send(x->peer, buf_at(&x->out), 1, MSG_NOSIGNAL), 1);
		buf_consume(&x->out, 1);
		ticks += step(x, FOREVER) == FEED_TICK;
	}
	assert_int_equal(ticks, 1);
	assert_int_equal(row_of(x->m, 1)->s.rx_bytes, 10);
}

static void works_in_slices(void **state)
{
	struct fixture *x = *state;
	int slices = 0, r;

	live(x);
	for (u64 id = 1; id <= 3000; id++)
		put_socket(x, tcp_sample(id, 1, id, 0));
	put_tick(x, 1, T0, SEC);
	do {
		say(x);
		r = step(x, 1);
		slices++;
		assert_true(slices < 100000);
	} while (r == FEED_MORE || r == FEED_IDLE);
	assert_int_equal(r, FEED_TICK);
	assert_true(slices > 3000 / 64 / 2);
	assert_int_equal(model_totals(x->m)->live, 3000);
}

static void pause_takes_in_but_applies_nothing(void **state)
{
	struct fixture *x = *state;

	live(x);
	put_socket(x, tcp_sample(1, 1, 10, 20));
	put_tick(x, 1, T0, SEC);
	assert_true(say(x));
	feed_pause(x->f, true);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_int_equal(feed_timeout_ms(x->f), -1);
	assert_null(model_tick(x->m));
	assert_int_equal(model_totals(x->m)->rows, 0);
	feed_pause(x->f, false);
	assert_int_equal(feed_timeout_ms(x->f), 0);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
}

static void pause_is_bounded(void **state)
{
	struct fixture *x = *state;
	u64 sent = 0, id = 1;

	live(x);
	feed_pause(x->f, true);
	/* As a collector would: until the socket is full and nobody reads. */
	while (sent < 64U << 20) {
		size_t before;

		if (buf_len(&x->out) < 200000)
			for (int i = 0; i < 1000; i++)
				put_socket(x, tcp_sample(id++, 1, 1, 1));
		before = buf_len(&x->out);
		say(x);
		assert_int_equal(step(x, FOREVER), FEED_IDLE);
		sent += before - buf_len(&x->out);
		if (before == buf_len(&x->out))
			break;
	}
	assert_in_range(sent, 32U << 20, 34U << 20);
	assert_int_equal(feed_fd(x->f), -1);
	feed_pause(x->f, false);
	assert_true(feed_fd(x->f) >= 0);
	while (step(x, FOREVER) != FEED_IDLE || feed_timeout_ms(x->f) == 0)
		;
	assert_true(model_totals(x->m)->live > 50000);
}

static void end_while_paused_is_told_later(void **state)
{
	struct fixture *x = *state;

	live(x);
	put_tick(x, 1, T0, SEC);
	assert_true(say(x));
	close(x->peer);
	x->peer = -1;
	feed_pause(x->f, true);
	assert_int_equal(step(x, FOREVER), FEED_IDLE);
	assert_int_equal(feed_fd(x->f), -1);
	feed_pause(x->f, false);
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	assert_int_equal(step(x, FOREVER), FEED_END);
}

/* Reads the collector's end until a command comes. */
static bool hear(struct fixture *x, struct stream_decoder *dec, struct buf *in, struct record_command *command)
{
	struct record rec;
	struct error err = {};

	for (;;) {
		int r = stream_next(dec, in, &rec, &err);
		ssize_t n;

		assert_true(r >= 0);
		if (r == 1) {
			assert_int_equal(rec.kind, RECORD_COMMAND);
			*command = *rec.command;
			return true;
		}
		n = recv(x->peer, buf_room(in, 4096), 4096, MSG_DONTWAIT);
		if (n <= 0)
			return false;
		buf_grown(in, (size_t)n);
	}
}

static void commands_reach_the_collector(void **state)
{
	struct fixture *x = *state;
	struct stream_decoder *dec;
	struct record_command command;
	cleanup_buf struct buf in = {};

	live(x);
	assert_int_equal(stream_decoder_new(&dec), 0);
	assert_int_equal(feed_command(x->f, COMMAND_INTERVAL, SEC / 2), 0);
	assert_true(hear(x, dec, &in, &command));
	assert_int_equal(command.kind, COMMAND_INTERVAL);
	assert_int_equal(command.value, SEC / 2);
	/* A socket is named as its host does; all of them are not one. */
	model_set_host(x->m, 3);
	assert_int_equal(feed_command(x->f, COMMAND_TRACE, model_key(x->m, 77)), 0);
	assert_int_equal(feed_command(x->f, COMMAND_INFO, UINT64_MAX), 0);
	assert_int_equal(feed_command(x->f, COMMAND_INTERVAL, 5), 0);
	assert_true(hear(x, dec, &in, &command));
	assert_int_equal(command.value, 77);
	assert_true(hear(x, dec, &in, &command));
	assert_true(command.value == UINT64_MAX);
	assert_true(hear(x, dec, &in, &command));
	assert_int_equal(command.value, 5);
	assert_false(hear(x, dec, &in, &command));
	stream_decoder_free(dec);
}

static void deaf_collector_does_not_block(void **state)
{
	struct fixture *x = *state;
	struct stream_decoder *dec;
	struct record_command command;
	cleanup_buf struct buf in = {};
	u64 sent = 0, heard = 0;
	int r;

	live(x);
	do
		r = feed_command(x->f, COMMAND_INFO, ++sent);
	while (r == 0 && sent < 1000000);
	assert_int_equal(r, -EAGAIN);
	sent--;
	assert_true(feed_timeout_ms(x->f) > 0); /* it will be tried again */
	/* What was taken arrives whole and in order once it is read. */
	assert_int_equal(stream_decoder_new(&dec), 0);
	while (heard < sent) {
		while (hear(x, dec, &in, &command))
			assert_int_equal(command.value, ++heard);
		assert_int_equal(step(x, FOREVER), FEED_IDLE);
	}
	assert_int_equal(feed_timeout_ms(x->f), -1);
	stream_decoder_free(dec);
}

static void last_words_are_read_after_a_broken_pipe(void **state)
{
	struct fixture *x = *state;

	live(x);
	stream_put(&x->out, RECORD_BYE, &(struct record_bye){.code = 1, .text = "no BTF"});
	assert_true(say(x));
	close(x->peer);
	x->peer = -1;
	feed_command(x->f, COMMAND_TICK_NOW, 0);
	assert_int_equal(step(x, FOREVER), FEED_END);
	assert_string_equal((const char *)model_bye(x->m)->text, "no BTF");
}

static void garbage_is_refused_for_good(void **state)
{
	struct fixture *x = *state;

	live(x);
	buf_reset(&x->out, 0);
	buf_puts(&x->out, "Welcome to web1, last login yesterday\n");
	assert_true(say(x));
	assert_int_equal(step(x, FOREVER), -EPROTO);
	assert_int_equal(step(x, FOREVER), -EPROTO);
	assert_int_equal(feed_timeout_ms(x->f), -1);
}

/* -- recordings that are made -------------------------------------------------------------------------------------- */

static void recording_is_what_was_read(void **state)
{
	struct fixture *x = *state;
	cleanup_buf struct buf want = {}, got = {};
	struct error err = {};
	struct stat st;
	bool torn;

	live(x);
	assert_int_equal(feed_record(x->f, x->path, &err), 0);
	assert_int_equal(feed_record(x->f, x->path, &err), -EINVAL);
	put_socket(x, tcp_sample(1, 1, 10, 20));
	put_tick(x, 1, T0, SEC);
	buf_put(&want, buf_at(&x->out), buf_len(&x->out));
	assert_true(say(x));
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	/* It is all there while the recording goes on, as if we were killed now. */
	assert_int_equal(play_file(x->path, &got, &torn), 0);
	assert_false(torn);
	assert_int_equal(buf_len(&got), buf_len(&want));
	assert_memory_equal(buf_at(&got), buf_at(&want), buf_len(&want));
	assert_int_equal(stat(x->path, &st), 0);
	assert_in_range(st.st_size, 1, buf_len(&want) * 2 / 3);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void full_disk_ends_the_recording_alone(void **state)
{
	struct fixture *x = *state;
	struct rlimit before, tight;
	struct error err = {};

	live(x);
	assert_int_equal(feed_record(x->f, x->path, &err), 0);
	put_socket(x, tcp_sample(1, 1, 10, 20));
	put_tick(x, 1, T0, SEC);
	assert_true(say(x));
	/* As good as a full disk: the file may not grow beyond this. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = (struct rlimit){.rlim_cur = 100, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_null(feed_record_error(x->f));
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_non_null(strstr(feed_record_error(x->f), "File too large: the recording has stopped"));
	assert_int_equal(row_of(x->m, 1)->s.rx_bytes, 10);
	put_tick(x, 2, T0 + SEC, SEC);
	assert_true(say(x));
	assert_int_equal(step(x, FOREVER), FEED_TICK);
}

static void recording_refuses_links_and_devices(void **state)
{
	struct fixture *x = *state;
	struct error err = {};

	live(x);
	assert_int_equal(symlink("/dev/null", x->path), 0);
	assert_int_equal(feed_record(x->f, x->path, &err), -ELOOP);
	assert_true(feed_record(x->f, x->dir, &err) < 0);
	assert_int_equal(feed_record(x->f, "/dev/null", &err), -EEXIST);
	put_tick(x, 1, T0, SEC);
	assert_true(say(x));
	assert_int_equal(step(x, FOREVER), FEED_TICK);
	unlink(x->path);
	assert_int_equal(feed_record(x->f, x->path, &err), -EINVAL); /* its opening has passed */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FEED_TEST(hears_ticks_and_the_end),
	    FEED_TEST(bytes_may_come_one_by_one),
	    FEED_TEST(works_in_slices),
	    FEED_TEST(pause_takes_in_but_applies_nothing),
	    FEED_TEST(pause_is_bounded),
	    FEED_TEST(end_while_paused_is_told_later),
	    FEED_TEST(commands_reach_the_collector),
	    FEED_TEST(deaf_collector_does_not_block),
	    FEED_TEST(last_words_are_read_after_a_broken_pipe),
	    FEED_TEST(garbage_is_refused_for_good),
	    FEED_TEST(recording_is_what_was_read),
	    FEED_TEST(full_disk_ends_the_recording_alone),
	    FEED_TEST(recording_refuses_links_and_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
