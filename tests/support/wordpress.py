"""A real WordPress for tests: Debian's, with MariaDB on a private socket and PHP's own server on loopback."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SYSTEM = Path("/usr/share/wordpress")
PACKAGES = "apt-get install wordpress mariadb-server php-cli php-mysql php-xml"
START_S = 60.0
ADMIN = "keeper"

_CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', {user});
define('DB_PASSWORD', '');
define('DB_HOST', {host});
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', {url});
define('WP_SITEURL', {url});
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

# Files are served as they are; everything else is a page of WordPress, as a web server's rewrite rule makes it.
_ROUTER = """<?php
$home = $_SERVER['DOCUMENT_ROOT'] . {path};
$path = $_SERVER['DOCUMENT_ROOT'] . urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (is_file($path) || !str_starts_with("$path/", "$home/")) return false;
if (is_dir($path) && is_file("$path/index.php") && rtrim($path, '/') !== $home) return false;
$_SERVER['SCRIPT_NAME'] = {path} . '/index.php';
require "$home/index.php";
"""

_THEME = """<?php /* The smallest theme that WordPress takes for one. */ ?>
<!doctype html>
<html <?php language_attributes(); ?>>
<head><meta charset="utf-8"><title><?php wp_title('-', true, 'right'); bloginfo('name'); ?></title>
<?php wp_head(); ?></head>
<body>
<?php while (have_posts()) { the_post(); ?>
<article><h1><a href="<?php the_permalink(); ?>"><?php the_title(); ?></a></h1><?php the_content(); ?></article>
<?php } if (is_single()) { ?>{below}<?php } wp_footer(); ?>
</body></html>
"""

# There is no mail here, and a function that stands in for WordPress's own has to be there before it is loaded.
_BEFORE_INSTALL = "define('WP_INSTALLING', true); function wp_new_blog_notification() {}"

_INSTALL = """
global $wp_rewrite;
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install($input['title'], $input['admin'], 'keeper@harbour.example', true, '', $input['password']);
switch_theme('small');
foreach (get_posts(['post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1]) as $post)
    wp_delete_post($post->ID, true);
update_option('timezone_string', 'America/New_York');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
$wp_rewrite->init();
flush_rewrite_rules(false);
"""

_INSERT = """
$made = [];
foreach ($input as $post) {
    $categories = array_map('wp_create_category', $post['categories'] ?? []);
    unset($post['categories']);
    $id = wp_insert_post(wp_slash($post + ['post_category' => $categories, 'post_author' => 1]), true);
    if (is_wp_error($id)) throw new Exception($id->get_error_message());
    $made[] = $id;
}
return $made;
"""


def missing() -> str | None:
    """What has to be installed before WordPress can run here; None if nothing."""
    absent = [name for name in ("php", "mariadbd", "mariadb-install-db", "mariadb") if _program(name) is None]
    if not (SYSTEM / "wp-load.php").is_file():
        absent.append("wordpress")
    if not absent and "mysqli" not in subprocess.run(["php", "-m"], capture_output=True, text=True).stdout.split():
        absent.append("php-mysql")
    return f"not installed: {', '.join(absent)} ({PACKAGES})" if absent else None


@contextmanager
def wordpress(path: str = "") -> Iterator[WordPress]:
    """A fresh WordPress without posts, at `path` of its host; what was started for it is stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="wp-"))  # short, because the path of a socket may have 107 bytes
    try:
        site = WordPress(folder, path)
        try:
            site.start()
            yield site
        finally:
            site.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class WordPress:
    """A WordPress of its own in a folder.

    Attributes:
        origin: The address of its host, on 127.0.0.1.
        url: Its own address, without a final slash.
        password: That of its administrator `keeper`.
    """

    def __init__(self, folder: Path, path: str = "") -> None:
        self.folder = folder
        self.root = Path(f"{folder}/www{path}")
        self.password = secrets.token_urlsafe(12)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self._port = one.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self._port}"
        self.url = f"{self.origin}{path}"
        self._path = path
        self._socket = folder / "db.sock"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start database and server, and install."""
        self._start_database()
        self._lay_files()
        site = {"title": "Harbour notes", "admin": ADMIN, "password": self.password}
        self._php(_INSTALL, site, before=_BEFORE_INSTALL)
        self._start_server()

    def stop(self) -> None:
        """Stop what was started, the server first."""
        while self._processes:
            self._stop_last()

    @contextmanager
    def down(self) -> Iterator[None]:
        """The site does not answer inside this block."""
        self._stop_last()
        yield
        self._start_server()

    def add(self, posts: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert posts with the fields of `wp_insert_post`; `categories` and `tags_input` are names. Their numbers."""
        return list(self.evaluate(f"require ABSPATH . 'wp-admin/includes/taxonomy.php'; {_INSERT}", list(posts)))

    def change(self, number: int, **fields: Any) -> None:
        """Change fields of a post, as an editor does."""
        self.evaluate("return wp_update_post(wp_slash($input), true);", {"ID": number, **fields})

    def delete(self, number: int) -> None:
        """Delete a post for good."""
        self.evaluate("wp_delete_post($input, true);", number)

    def go_live(self, number: int) -> None:
        """Let the moment of a scheduled post come."""
        moment = "2024-01-01 00:00:00"
        code = """$dates = ['post_date' => $input[1], 'post_date_gmt' => $input[1], 'post_modified' => $input[1],
            'post_modified_gmt' => $input[1]];
        $wpdb->update($wpdb->posts, $dates, ['ID' => $input[0]]);
        clean_post_cache($input[0]);
        wp_publish_post($input[0]);"""
        self.evaluate(code, [number, moment])

    def use_permalinks(self, structure: str) -> None:
        """Set how addresses are made; empty for `?p=1`."""
        code = "update_option('permalink_structure', $input); $wp_rewrite->init(); flush_rewrite_rules(false);"
        self.evaluate(code, structure)

    def show_below_posts(self, html: str) -> None:
        """Put HTML under each post on its own page, as a theme does."""
        theme = self.root / "wp-content" / "themes" / "small" / "index.php"
        theme.write_text(_THEME.replace("{below}", html), encoding="utf-8")

    def address(self, number: int) -> str:
        """The address of a post."""
        return str(self.evaluate("return get_permalink($input);", number))

    def export(self) -> bytes:
        """The whole site as WordPress exports it (WXR)."""
        return self._php("require ABSPATH . 'wp-admin/includes/export.php'; export_wp();", None)

    def activate(self, plugin: Path) -> None:
        """Install a plugin of one file, and activate it."""
        shutil.copy(plugin, self.root / "wp-content" / "plugins")
        code = "require_once ABSPATH . 'wp-admin/includes/plugin.php'; return is_null(activate_plugin($input));"
        if not self.evaluate(code, plugin.name):
            raise RuntimeError(f"{plugin.name} cannot be activated")

    def evaluate(self, code: str, value: Any = None) -> Any:
        """Run PHP inside WordPress with `$input`; what it returns."""
        inside = f"$output = (function () use ($input) {{ global $wpdb, $wp_rewrite; {code} }})();"
        return json.loads(self._php(f'{inside} echo "\\n", json_encode($output);', value).splitlines()[-1])

    def _php(self, code: str, value: Any, before: str = "") -> bytes:
        script = f"""
        error_reporting(E_ALL & ~E_DEPRECATED & ~E_NOTICE & ~E_WARNING);
        $_SERVER['HTTP_HOST'] = '127.0.0.1:{self._port}'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
        $_SERVER['REQUEST_METHOD'] = 'GET'; $_SERVER['REQUEST_URI'] = '{self._path}/';
        $input = json_decode(stream_get_contents(STDIN), true);
        {before}
        require '{self.root}/wp-load.php';
        {code}
        """
        done = subprocess.run(
            ["php", "-d", "display_errors=stderr", "-r", script], input=json.dumps(value).encode(), capture_output=True
        )
        if done.returncode:
            raise RuntimeError(f"PHP failed: {done.stderr.decode()} {done.stdout.decode()[-2000:]}")
        return done.stdout

    def _start_database(self) -> None:
        data = self.folder / "db"
        log = self.folder / "db.log"
        user = getpass.getuser()
        with log.open("wb") as stream:
            subprocess.run(
                [
                    _program("mariadb-install-db") or "",
                    "--no-defaults",
                    f"--datadir={data}",
                    f"--user={user}",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ],
                stdout=stream,
                stderr=stream,
                check=True,
            )
            self._processes.append(
                subprocess.Popen(
                    [
                        _program("mariadbd") or "",
                        "--no-defaults",
                        f"--datadir={data}",
                        f"--socket={self._socket}",
                        f"--pid-file={self.folder / 'db.pid'}",
                        f"--user={user}",
                        "--skip-networking",
                        "--innodb-buffer-pool-size=32M",
                        "--innodb-flush-log-at-trx-commit=0",
                    ],
                    stdout=stream,
                    stderr=stream,
                )
            )
        command = [_program("mariadb") or "", "--no-defaults", f"--socket={self._socket}", "--user=root"]

        def is_ready() -> bool:
            return subprocess.run([*command, "-e", "SELECT 1"], capture_output=True).returncode == 0

        self._await(is_ready, log)
        subprocess.run([*command, "-e", "CREATE DATABASE wordpress CHARACTER SET utf8mb4"], check=True)

    def _lay_files(self) -> None:
        shutil.copytree(
            SYSTEM, self.root, ignore=shutil.ignore_patterns("wp-config.php", "plugins"), ignore_dangling_symlinks=True
        )
        theme = self.root / "wp-content" / "themes" / "small"
        theme.mkdir(parents=True)
        (self.root / "wp-content" / "plugins").mkdir()
        self.show_below_posts("")
        (theme / "style.css").write_text("/*\nTheme Name: Small\n*/\n", encoding="utf-8")
        host = f"localhost:{self._socket}"
        config = _CONFIG.format(user=repr("root"), host=repr(host), url=repr(self.url))
        (self.root / "wp-config.php").write_text(config, encoding="utf-8")
        (self.folder / "router.php").write_text(_ROUTER.replace("{path}", repr(self._path)), encoding="utf-8")

    def _start_server(self) -> None:
        log = self.folder / "php.log"
        with log.open("wb") as stream:
            self._processes.append(
                subprocess.Popen(
                    [
                        "php",
                        "-d",
                        "opcache.revalidate_freq=0",  # tests change files
                        "-S",
                        f"127.0.0.1:{self._port}",
                        "-t",
                        str(self.folder / "www"),
                        str(self.folder / "router.php"),
                    ],
                    stdout=stream,
                    stderr=stream,
                    # Workers of its own would outlive it.
                    env={name: value for name, value in os.environ.items() if name != "PHP_CLI_SERVER_WORKERS"},
                )
            )

        def is_ready() -> bool:
            try:
                with urllib.request.urlopen(f"{self.url}/wp-json/", timeout=20) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                return False

        self._await(is_ready, log)

    def _stop_last(self) -> None:
        """Stop the process that was started last."""
        process = self._processes.pop()
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _await(self, is_ready: Callable[[], bool], log: Path) -> None:
        """Wait for the process that was started last."""
        deadline = time.monotonic() + START_S
        while not is_ready():
            if self._processes[-1].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it does not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)


def _program(name: str) -> str | None:
    """Where a program is; servers lie where only root looks for them."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
