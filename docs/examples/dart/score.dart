// Scores one user: dart run score.dart
//
// CALBACK_URL is the server, CALBACK_API_KEY a key where it wants one. Nothing but the SDK: dart:io is there on Android, iOS and desktop.
// A Flutter app has no environment: give it the address in another way, and no key.
import 'dart:convert';
import 'dart:io';

/// What the server refused, as RFC 9457 has it.
class Problem implements Exception {
  Problem(this.fields);

  final Map<String, dynamic> fields;

  String get code => fields['code'] as String;

  @override
  String toString() {
    final path = fields['path'];
    return '$code: ${path == null ? '' : '$path: '}${fields['detail']}';
  }
}

class Calback {
  Calback(this.url, {this.key}) {
    _http.connectionTimeout = const Duration(seconds: 5);
  }

  final Uri url;
  final String? key;
  final HttpClient _http = HttpClient();

  /// Sends body and gives the reply; waits and tries again while the server has too much to do.
  Future<Map<String, dynamic>> post(String path, Object body, {int tries = 3}) async {
    while (true) {
      tries--;
      final request = await _http.postUrl(url.resolve(path));
      request.headers.contentType = ContentType.json;
      if (key != null) {
        request.headers.set(HttpHeaders.authorizationHeader, 'Bearer $key');
      }
      request.add(utf8.encode(jsonEncode(body)));
      final response = await request.close().timeout(const Duration(seconds: 10));
      final reply = jsonDecode(await response.transform(utf8.decoder).join()) as Map<String, dynamic>;
      if (response.statusCode == HttpStatus.ok) {
        return reply;
      }
      final problem = Problem(reply);
      if (tries == 0 || !const {'overloaded', 'rate_limited'}.contains(problem.code)) {
        throw problem;
      }
      final wait = int.tryParse(response.headers.value(HttpHeaders.retryAfterHeader) ?? '') ?? 1;
      await Future<void>.delayed(Duration(seconds: wait));
    }
  }

  void close() => _http.close();
}

Future<void> main() async {
  final environment = Platform.environment;
  final calback = Calback(
    Uri.parse(environment['CALBACK_URL'] ?? 'http://127.0.0.1:8080'),
    key: environment['CALBACK_API_KEY'],
  );
  const user = {
    'id': 'u-1',
    'features': {'visit_days': 4, 'n_meeting_create': 2, 'channel': 'Paid Social'},
  };
  try {
    final reply = await calback.post('/predict?reasons=3', {'instances': [user]});
    for (final p in reply['predictions'] as List<dynamic>) {
      final probability = (p['probability'] as num).toStringAsFixed(3);
      print('${p['id']}: $probability, ${p['revisit'] == true ? 'revisits' : 'does not revisit'}');
      for (final reason in p['reasons'] as List<dynamic>) {
        final effect = reason['effect'] as num;
        print('  ${reason['sentence']} (${effect < 0 ? '' : '+'}${effect.toStringAsFixed(2)})');
      }
    }
  } on Exception catch (error) {
    stderr.writeln(error);
    exitCode = 1;
  } finally {
    calback.close();
  }
}
