<?php
/**
 * Plugin Name:       Related Articles
 * Description:       Shows the related articles that a Related Articles service knows for each post, below its text or where its block stands.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           Apache-2.0
 * Text Domain:       related-articles
 *
 * To install, copy this file into wp-content/plugins, activate it, and open Settings > Related Articles.
 *
 * @package RelatedArticles
 */

namespace RelatedArticles;

defined( 'ABSPATH' ) || exit;

const OPTION = 'related_articles';
const PAGE   = 'related-articles';
const BLOCK  = 'related-articles/list';

// A reader waits at most this long, and after a failure nobody waits again for a minute.
const TIMEOUT_S = 2;
const PAUSE_S   = 60;
// A post that the service does not know may be known after its next build.
const UNKNOWN_S = 300;
// How long a list is kept for the time when the service does not answer.
const KEPT_S = 30 * DAY_IN_SECONDS;

add_action( 'init', __NAMESPACE__ . '\register_list_block' );
add_action( 'admin_init', __NAMESPACE__ . '\register_settings' );
add_action( 'admin_menu', __NAMESPACE__ . '\add_page' );
// After the blocks, shortcodes and typography of the text, which are not meant for titles of other articles.
add_filter( 'the_content', __NAMESPACE__ . '\add_below', 20 );
register_activation_hook( __FILE__, __NAMESPACE__ . '\activate' );

/**
 * Returns the settings, with a default for each that is not set.
 */
function settings(): array {
	$saved = get_option( OPTION );
	return array_merge(
		array(
			'service' => '',
			'key'     => '',
			'limit'   => 5,
			'heading' => __( 'Related articles', 'related-articles' ),
			'where'   => 'posts',
			'minutes' => 60,
		),
		is_array( $saved ) ? $saved : array()
	);
}

/* What a page shows */

/**
 * Returns the published post whose page this is, or null. Archives, feeds and REST requests are no page of a post, so
 * who reads the site over them, as the service itself does, never takes a list for a part of a text.
 */
function current_post(): ?\WP_Post {
	if ( ! is_singular() || is_preview() || is_feed() ) {
		return null;
	}
	$post = get_queried_object();
	$seen = $post instanceof \WP_Post && 'publish' === $post->post_status && '' === $post->post_password;
	return $seen ? $post : null;
}

/**
 * Adds the list below the text of a post.
 *
 * @param string $content The text.
 */
function add_below( $content ) {
	$where = settings()['where'];
	// An excerpt is made of the whole text, and must not end in the titles of others.
	if ( 'block' === $where || ! in_the_loop() || ! is_main_query() || doing_filter( 'get_the_excerpt' ) ) {
		return $content;
	}
	$post = current_post();
	if ( null === $post || get_the_ID() !== $post->ID || has_block( BLOCK, $post ) ) {
		return $content;
	}
	$types = 'pages' === $where ? array( 'post', 'page' ) : array( 'post' );
	return in_array( $post->post_type, $types, true ) ? $content . render( $post, 'class="related-articles"' ) : $content;
}

/**
 * Registers the block. The server renders it, so the editor needs only the few lines below, and no build step.
 */
function register_list_block(): void {
	$text = array(
		'title' => __( 'Related Articles', 'related-articles' ),
		'note'  => __( 'The list is shown here on the page of the published post.', 'related-articles' ),
	);
	// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- There is no file whose version could change.
	wp_register_script( PAGE . '-block', false, array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element' ), null, true );
	wp_add_inline_script(
		PAGE . '-block',
		sprintf(
			'( ( blocks, editor, components, make, text ) => blocks.registerBlockType( %s, {
				edit: () => make( "div", editor.useBlockProps(), make( components.Placeholder, { icon: "list-view", label: text.title, instructions: text.note } ) ),
				save: () => null,
			} ) )( wp.blocks, wp.blockEditor, wp.components, wp.element.createElement, %s );',
			wp_json_encode( BLOCK ),
			wp_json_encode( $text, JSON_HEX_TAG )
		)
	);
	register_block_type(
		BLOCK,
		array(
			'api_version'           => 3,
			'title'                 => $text['title'],
			'description'           => __( 'Related articles of the post that is read.', 'related-articles' ),
			'category'              => 'widgets',
			'icon'                  => 'list-view',
			'supports'              => array(
				'html'     => false,
				'multiple' => false,
				'align'    => true,
			),
			'editor_script_handles' => array( PAGE . '-block' ),
			'render_callback'       => __NAMESPACE__ . '\render_block',
		)
	);
}

/**
 * Renders the block.
 */
function render_block(): string {
	$post = current_post();
	return null === $post ? '' : render( $post, get_block_wrapper_attributes( array( 'class' => 'related-articles' ) ) );
}

/**
 * Returns the list of a post as HTML; empty where there is none.
 *
 * @param \WP_Post $post       The post.
 * @param string   $attributes Escaped attributes of the element around the list.
 */
function render( \WP_Post $post, string $attributes ): string {
	$items = implode( '', array_map( __NAMESPACE__ . '\render_item', items_of( $post ) ) );
	if ( '' === $items ) {
		return '';
	}
	$heading = settings()['heading'];
	$heading = '' === $heading ? '' : '<h2>' . plain( $heading ) . '</h2>';
	return "<aside $attributes>$heading<ul>$items</ul></aside>";
}

/**
 * Returns one item as HTML; empty without a title or an address of the web.
 *
 * @param mixed $item The item as the service answered it.
 */
function render_item( $item ): string {
	$title = text_of( $item, 'title' );
	$link  = esc_url( text_of( $item, 'webUrl' ), array( 'http', 'https' ) );
	if ( '' === $title || '' === $link ) {
		return '';
	}
	$date   = text_of( $item, 'publishedDateTime' );
	$second = '' === $date ? false : strtotime( $date );
	$about  = array( plain( text_of( $item['provider'] ?? null, 'name' ) ) );
	if ( false !== $second ) {
		$day     = plain( wp_date( get_option( 'date_format' ), $second ) );
		$about[] = '<time datetime="' . esc_attr( gmdate( 'c', $second ) ) . '">' . $day . '</time>';
	}
	$about = implode( ' · ', array_filter( $about ) );
	$about = '' === $about ? '' : " <small>$about</small>";
	return "<li><a href=\"$link\">" . plain( $title ) . "</a>$about</li>";
}

/**
 * Returns a text of an answer, or an empty one.
 *
 * @param mixed  $value What should be an object with the field.
 * @param string $field The field's name.
 */
function text_of( $value, string $field ): string {
	$text = is_array( $value ) ? ( $value[ $field ] ?? '' ) : '';
	return is_string( $text ) ? trim( $text ) : '';
}

/**
 * Escapes a text. A block is part of the post's text, in which WordPress runs shortcodes after it: a title of another
 * site such as "[gallery]" must not be one.
 *
 * @param string $text The text.
 */
function plain( string $text ): string {
	return str_replace( array( '[', ']' ), array( '&#91;', '&#93;' ), esc_html( $text ) );
}

/* Asking the service */

/**
 * Returns the related items of a post: kept ones while they are new, then those of the service, and the old ones again
 * if it does not answer. Asks the service at most once a page, whatever shows a list there.
 *
 * @param \WP_Post $post The post.
 */
function items_of( \WP_Post $post ): array {
	static $has_asked = false;
	$settings         = settings();
	if ( '' === $settings['service'] ) {
		return array();
	}
	$link  = get_permalink( $post );
	$path  = '/v1/related?url=' . rawurlencode( $link ) . '&limit=' . $settings['limit'];
	$name  = OPTION . '_' . md5( $settings['service'] . $path );
	$pause = OPTION . '_pause_' . md5( $settings['service'] );
	$kept  = get_transient( $name );
	$items = is_array( $kept ) ? $kept['items'] : array();
	if ( $has_asked || ( is_array( $kept ) && time() < $kept['until'] ) || get_transient( $pause ) ) {
		return $items;
	}
	$has_asked = true;
	if ( is_array( $kept ) ) {
		// One reader asks; whoever comes meanwhile gets the old list at once.
		keep( $name, $items, TIMEOUT_S + 1, $kept['ends'] );
	}
	list( $status, $answer ) = ask( $path );
	if ( 200 === $status && isset( $answer['related'] ) && is_array( $answer['related'] ) ) {
		keep( $name, $answer['related'], $settings['minutes'] * MINUTE_IN_SECONDS );
		return $answer['related'];
	}
	if ( 404 === $status ) {
		keep( $name, array(), min( UNKNOWN_S, $settings['minutes'] * MINUTE_IN_SECONDS ) );
		return array();
	}
	set_transient( $pause, 1, PAUSE_S );
	return $items;
}

/**
 * Keeps the items of a post.
 *
 * @param string   $name    The transient's name.
 * @param array    $items   The items.
 * @param int      $seconds How long they are new.
 * @param int|null $ends    When they are too old to be shown at all; KEPT_S from now, if not given.
 */
function keep( string $name, array $items, int $seconds, ?int $ends = null ): void {
	$ends = $ends ?? time() + $seconds + KEPT_S;
	$kept = array(
		'items' => $items,
		'until' => time() + $seconds,
		'ends'  => $ends,
	);
	set_transient( $name, $kept, max( 1, $ends - time() ) );
}

/**
 * Asks the service.
 *
 * @param string $path Path and query.
 * @return array The status (0 for no answer), and the answer or what went wrong.
 */
function ask( string $path ): array {
	$key = key_of_service();
	// WordPress passes on no limit for connecting, which without cURL would be ten seconds.
	$hurry = function ( $url, $headers, $data, $type, &$options ) {
		$options['connect_timeout'] = TIMEOUT_S;
	};
	add_action( 'requests-requests.before_request', $hurry, 10, 5 );
	// Not wp_safe_remote_get(): that refuses private addresses, where such a service usually is. Only those who may
	// change the options of the site choose the address, and no redirection leads to another one.
	$response = wp_remote_get(
		settings()['service'] . $path,
		array(
			'timeout'             => TIMEOUT_S,
			'redirection'         => 0,
			'limit_response_size' => MB_IN_BYTES,
			'headers'             => array( 'Accept' => 'application/json' ) + ( '' === $key ? array() : array( 'Authorization' => "Bearer $key" ) ),
		)
	);
	remove_action( 'requests-requests.before_request', $hurry, 10 );
	if ( is_wp_error( $response ) ) {
		return array( 0, array( 'title' => $response->get_error_message() ) );
	}
	$answer = json_decode( wp_remote_retrieve_body( $response ), true );
	return array( (int) wp_remote_retrieve_response_code( $response ), is_array( $answer ) ? $answer : array() );
}

/**
 * Returns the key for reading: the constant RELATED_ARTICLES_KEY of wp-config.php, or the saved one.
 */
function key_of_service(): string {
	return defined( 'RELATED_ARTICLES_KEY' ) ? (string) constant( 'RELATED_ARTICLES_KEY' ) : settings()['key'];
}

/* The settings page */

/**
 * Registers the settings and the fields of their page.
 */
function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\sanitize',
		)
	);
	add_settings_section( 'all', '', '__return_empty_string', PAGE );
	$fields = array(
		'service' => __( 'Address of the service', 'related-articles' ),
		'key'     => __( 'Key for reading', 'related-articles' ),
		'limit'   => __( 'Number of articles', 'related-articles' ),
		'heading' => __( 'Heading', 'related-articles' ),
		'where'   => __( 'Where', 'related-articles' ),
		'minutes' => __( 'Minutes until a list is asked for again', 'related-articles' ),
	);
	foreach ( $fields as $name => $label ) {
		$for = array(
			'name'      => $name,
			'label_for' => PAGE . "-$name",
		);
		add_settings_field( $name, $label, __NAMESPACE__ . '\show_field', PAGE, 'all', $for );
	}
}

/**
 * Adds the page, for those who may change the options of the site.
 */
function add_page(): void {
	$title = __( 'Related Articles', 'related-articles' );
	add_options_page( $title, $title, 'manage_options', PAGE, __NAMESPACE__ . '\show_page' );
}

/**
 * Returns what may be saved of a form; a wrong value is told, and the saved one stays.
 *
 * @param mixed $input What was sent.
 */
function sanitize( $input ): array {
	$input    = is_array( $input ) ? array_filter( $input, 'is_scalar' ) : array();
	$settings = settings();
	$service  = untrailingslashit( trim( (string) ( $input['service'] ?? $settings['service'] ) ) );
	if ( '' === $service || is_address( $service ) ) {
		$settings['service'] = $service;
	} else {
		$told = __( 'The address must be one of http or https, such as https://related.example, without a user or a query.', 'related-articles' );
		add_settings_error( OPTION, 'service', $told );
	}
	$key = trim( (string) ( $input['key'] ?? '' ) );
	if ( ! empty( $input['forget'] ) ) {
		$settings['key'] = '';
	} elseif ( preg_match( '/^[\x21-\x7e]+$/D', $key ) ) {
		$settings['key'] = $key;
	} elseif ( '' !== $key ) {
		add_settings_error( OPTION, 'key', __( 'The key must not have spaces in it.', 'related-articles' ) );
	}
	$where               = (string) ( $input['where'] ?? $settings['where'] );
	$settings['where']   = isset( places()[ $where ] ) ? $where : $settings['where'];
	$settings['heading'] = sanitize_text_field( $input['heading'] ?? $settings['heading'] );
	$settings['limit']   = min( 20, max( 1, (int) ( $input['limit'] ?? $settings['limit'] ) ) );
	$settings['minutes'] = min( 10080, max( 1, (int) ( $input['minutes'] ?? $settings['minutes'] ) ) );
	return $settings;
}

/**
 * Tells whether a text is an address that the service may have.
 *
 * @param string $text The text.
 */
function is_address( string $text ): bool {
	$parts = wp_parse_url( $text );
	return is_array( $parts )
		&& in_array( strtolower( $parts['scheme'] ?? '' ), array( 'http', 'https' ), true )
		&& '' !== ( $parts['host'] ?? '' )
		&& ! array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) )
		&& esc_url_raw( $text, array( 'http', 'https' ) ) === $text;
}

/**
 * Returns the places where lists may be shown.
 */
function places(): array {
	return array(
		'posts' => __( 'Below the text of posts', 'related-articles' ),
		'pages' => __( 'Below the text of posts and pages', 'related-articles' ),
		'block' => __( 'Only where the block "Related Articles" stands', 'related-articles' ),
	);
}

/**
 * Shows one field.
 *
 * @param array $field Its name, and the id of its input.
 */
function show_field( array $field ): void {
	$name  = $field['name'];
	$value = settings()[ $name ];
	$same  = sprintf( 'id="%s" name="%s"', esc_attr( $field['label_for'] ), esc_attr( OPTION . "[$name]" ) );
	// phpcs:disable WordPress.Security.EscapeOutput.OutputNotEscaped -- $same is escaped above.
	if ( 'where' === $name ) {
		echo "<select $same>";
		foreach ( places() as $place => $label ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( $place ), selected( $value, $place, false ), esc_html( $label ) );
		}
		echo '</select>';
	} elseif ( 'key' === $name && defined( 'RELATED_ARTICLES_KEY' ) ) {
		esc_html_e( 'The key is set in wp-config.php.', 'related-articles' );
	} elseif ( 'key' === $name ) {
		// A saved key is never sent to a browser again; an empty field leaves it as it is.
		echo "<input $same type=\"password\" class=\"regular-text\" autocomplete=\"new-password\" value=\"\">";
		if ( '' !== $value ) {
			printf(
				'<p><label><input type="checkbox" name="%s" value="1"> %s</label></p>',
				esc_attr( OPTION . '[forget]' ),
				esc_html__( 'Forget the saved key', 'related-articles' )
			);
		}
	} elseif ( is_int( $value ) ) {
		printf( "<input $same type=\"number\" class=\"small-text\" min=\"1\" max=\"%d\" value=\"%d\">", 'limit' === $name ? 20 : 10080, (int) $value );
	} else {
		printf( "<input $same type=\"%s\" class=\"regular-text\" value=\"%s\">", 'service' === $name ? 'url' : 'text', esc_attr( $value ) );
	}
	// phpcs:enable
}

/**
 * Shows the page. Readers are never told why there is no list, so here is what the service answers.
 */
function show_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
	if ( '' !== settings()['service'] ) {
		list( $status, $answer ) = ask( '/v1/status' );
		$works                   = 200 === $status && is_int( $answer['articles'] ?? null );
		$told                    = $works
			/* translators: %s: number of articles */
			? sprintf( __( 'The service answers. It has %s articles.', 'related-articles' ), number_format_i18n( $answer['articles'] ) )
			/* translators: 1: HTTP status, 0 for no answer, 2: what went wrong */
			: sprintf( __( 'The service does not answer as it should (status %1$d): %2$s', 'related-articles' ), $status, text_of( $answer, 'title' ) );
		printf( '<div class="notice inline notice-%s"><p>%s</p></div>', $works ? 'success' : 'warning', esc_html( $told ) );
	}
	echo '<form action="options.php" method="post">';
	settings_fields( PAGE );
	do_settings_sections( PAGE );
	submit_button();
	echo '</form></div>';
}

/* Leaving nothing behind */

/**
 * Has WordPress call uninstall() when the plugin is deleted.
 */
function activate(): void {
	register_uninstall_hook( __FILE__, __NAMESPACE__ . '\uninstall' );
}

/**
 * Deletes the settings and every kept list, on every site of a network.
 */
function uninstall(): void {
	global $wpdb;
	$sites = is_multisite() ? get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) : array( get_current_blog_id() );
	foreach ( $sites as $site ) {
		if ( is_multisite() ) {
			switch_to_blog( $site );
		}
		delete_option( OPTION );
		// There is no function for transients by the beginning of their names; those in an object cache end by themselves.
		$begins = array( $wpdb->esc_like( '_transient_' . OPTION . '_' ) . '%', $wpdb->esc_like( '_transient_timeout_' . OPTION . '_' ) . '%' );
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s OR option_name LIKE %s", $begins ) );
		if ( is_multisite() ) {
			restore_current_blog();
		}
	}
}
